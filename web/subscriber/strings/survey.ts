export const survey = {
  survey_about: { en: "About your order {number}", zh: "关于您的工单 {number}" },
  survey_done: { en: "completed {time}", zh: "{time} 完成" },
  survey_solved: { en: "Is the problem solved?", zh: "您的问题解决了吗？" },
  survey_satisfied: { en: "How satisfied are you?", zh: "您对本次服务是否满意？" },
  survey_why: { en: "What was wrong?", zh: "哪些方面不满意？" },
  survey_note: { en: "Anything else (optional)", zh: "其他意见（选填）" },
  survey_send: { en: "Send my answer", zh: "提交" },
  survey_thanks: { en: "Thank you. Your answer has been received.", zh: "感谢您的反馈，我们已收到。" },
  survey_private: { en: "Your answer is used only to improve the service.", zh: "您的回答仅用于改进服务。" },
  survey_until: { en: "This link works until {time}.", zh: "链接有效期至 {time}。" },
  survey_title: { en: "How did we do?", zh: "服务满意度调查" },
} as const;
