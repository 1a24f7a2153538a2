export const store = {
  phone_full: { en: "This phone is full: the photo was not kept. Delete something (videos, apps) and take it again. What you did is safe.", zh: "手机存储已满，照片未保存。请清理视频或应用后重新拍摄。已完成的操作均已保存。" },
  phone_full_act: { en: "This phone is full: this could not be kept. Delete something (videos, apps) and do it again.", zh: "手机存储已满，本次操作未能保存。请清理视频或应用后重试。" },
  no_picture: { en: "This file is no picture that this phone can read. Take the photo again.", zh: "无法读取该图片，请重新拍摄。" },
  store_unusable: { en: "This phone could not keep that. Nothing was sent; try again.", zh: "手机未能保存本次操作，尚未提交，请重试。" },
  handed_over: { en: "Handed to the dispatcher: {what} was refused ({why}).", zh: "转交派单员处理：{what} 被拒绝（{why}）。" },
  store_broken: { en: "What this phone keeps cannot be opened. Copy out what can be read and send it to your dispatcher, then begin anew.", zh: "本机数据无法打开。请先复制可读取的内容并发给派单员，然后重新开始。" },
  copy_out: { en: "Copy what can be read", zh: "复制可读取的内容" },
  start_afresh: { en: "Begin anew", zh: "重新开始" },
} as const;
