/** What the phone says while the app is not open. */
export const push = {
  "push.from": { en: "Grid Dispatch", zh: "网格调度" },
  "push.offer": { en: "Urgent work is offered to you. Open to see what it costs.", zh: "有紧急工单待您确认，点开查看详情。" },
  "push.changes": { en: "Your route has changed. Open to see it.", zh: "您的路线有变更，点开查看。" },
  "push.other": { en: "There is something new. Open to see it.", zh: "有新消息，点开查看。" },
} as const;
