"""Words of the webhooks' page."""

from __future__ import annotations

from vermilion.rulebook import Words

WEBHOOKS: dict[str, Words] = {
    "nav.webhooks": Words("通知", "Webhooks"),
    "webhooks.title": Words("通知（Webhooks）", "Webhooks"),
    "webhooks.lead": Words(
        "向平台告知人工处理的结果。订阅写在设置文件中，此处不能更改。",
        "They tell platforms what people decided. Who is told stands in the settings file.",
    ),
    "webhooks.endpoints": Words("订阅", "Subscriptions"),
    "webhooks.none": Words("没有订阅。", "Nobody is told."),
    "webhooks.receiver": Words("接收方", "Receiver"),
    "webhooks.gone": Words("设置中已没有", "no longer in the settings"),
    "webhooks.kinds": Words("告知的内容", "What is told"),
    "webhooks.source": Words("限于来源", "only of"),
    "webhooks.waiting": Words("等待送达", "Waiting"),
    "webhooks.parked": Words("已停放", "Parked"),
    "webhooks.delivered": Words("启动后送达", "Delivered since the start"),
    "webhooks.failing": Words("已失败 {n} 次：{why}", "{n} attempts failed: {why}"),
    "webhooks.failing.one": Words("已失败 {n} 次：{why}", "{n} attempt failed: {why}"),
    "webhooks.resume_do": Words("全部重试", "Try all again"),
    "webhooks.messages": Words("停放的消息", "Parked messages"),
    "webhooks.messages_lead": Words(
        "一天内未能送达的消息停放在此，不再自动重试；消息的内容不在此显示。",
        "What could not be delivered for a day is kept here and not tried by itself. "
        "What a message tells is not shown.",
    ),
    "webhooks.no_messages": Words("没有停放的消息。", "No message is parked."),
    "webhooks.message": Words("消息", "Message"),
    "webhooks.since": Words("产生时间（UTC）", "Since (UTC)"),
    "webhooks.attempts": Words("尝试次数", "Attempts"),
    "webhooks.why": Words("原因", "Reason"),
    "webhooks.act": Words("处理", "What to do"),
    "webhooks.retry_do": Words("重试", "Try again"),
    "webhooks.drop_do": Words("丢弃", "Drop"),
    "webhooks.first": Words("回到开头", "Back to the first"),
    "webhooks.answered": Words("对方应答 {status}", "answered {status}"),
    "webhooks.no_answer": Words("无应答（{kind}）", "no answer ({kind})"),
    "webhooks.too_late": Words("未在规定时间内应答", "no answer in time"),
    "webhooks.not_set": Words("设置中没有该订阅", "the settings have no such subscription"),
    "done.resumed": Words("将重试 {n} 条消息。", "{n} messages are tried again."),
    "done.resumed.one": Words("将重试 {n} 条消息。", "{n} message is tried again."),
    "done.retried": Words("将重试该消息。", "The message is tried again."),
    "done.dropped": Words("该消息已丢弃。", "The message is dropped."),
}
