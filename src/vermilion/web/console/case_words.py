"""Words of cases and of answering them, and of the "may I?" form."""

from __future__ import annotations

from vermilion.rulebook import Words

CASES: dict[str, Words] = {
    "cases.title": Words("案件", "Cases"),
    "cases.lead": Words(
        "同一原因为一个案件：答复一次，所有因此等待的事件一并了结。",
        "One case for one cause: answer it once, and every event that waits for it is answered.",
    ),
    "cases.none": Words("没有案件。", "There are no cases."),
    "cases.no_match": Words("没有符合条件的案件。", "No case matches these filters."),
    "cases.find": Words("案件、规则、对象或承办人", "Case, rule, id or person"),
    "cases.question": Words("问题", "Question"),
    "cases.waiting": Words("等待的事件", "Events waiting"),
    "cases.due": Words("期限", "Due"),
    "cases.overdue": Words("已逾期", "overdue"),
    "cases.severity": Words("严重程度", "Severity"),
    "cases.status": Words("状态", "Status"),
    "cases.assignee": Words("承办人", "Assigned to"),
    "cases.nobody": Words("未指派", "nobody yet"),
    "cases.opened": Words("立案（UTC）", "Opened (UTC)"),
    "cases.mine": Words("由我承办", "Mine"),
    "cases.only_overdue": Words("仅逾期", "Overdue only"),
    "cases.unconfirmed": Words("待第二人确认的决定", "Decisions that wait for a second person"),
    "cases.by_event": Words("针对单个事件 {id}", "for the event {id}"),
    # One case
    "case.about": Words("所问事项", "The question"),
    "case.rule": Words("规则", "Rule"),
    "case.binds": Words("约束力", "Force"),
    "case.outcome": Words("原因", "Why it waits"),
    "case.clause": Words("条文", "The clause"),
    "case.events": Words("等待的事件", "Events that wait"),
    "case.events_more": Words("此处列出 {shown} 项，共 {n} 项。", "{shown} of {n} are listed."),
    "case.no_events": Words("没有事件在等待。", "Nothing waits under it now."),
    "case.links": Words("关联", "Links"),
    "case.no_links": Words("没有关联。", "It is linked to nothing."),
    "case.link_erased": Words("所关联的对象已删除", "What it was linked to was erased"),
    "case.link": Words("添加关联", "Add a link"),
    "case.link_lead": Words(
        "关联不影响任何案件的决定。", "A link answers no case: each keeps its own answer."
    ),
    "case.link_how": Words("关联方式", "How"),
    "case.link_of_cases": Words("与另一案件", "To another case"),
    "case.link_of_things": Words("涉及", "What it is about"),
    "case.link_id": Words("编号", "Number or id"),
    "case.link_hint": Words(
        "案件编号或网址、对象编号", "a case's number or address, or a thing's id"
    ),
    "case.link_do": Words("关联", "Link"),
    "case.unlink_do": Words("取消关联", "Take back"),
    "case.number": Words("案件编号", "Number of this case"),
    "thing.cases": Words("相关案件", "Cases about it"),
    "done.link": Words("已关联。", "It is linked."),
    "done.unlink": Words("已取消关联。", "The link is taken back."),
    "journal.link": Words("关联", "linked"),
    "journal.unlink": Words("取消关联", "link taken back"),
    "case.journal": Words("办案记录", "Journal"),
    "case.no_journal": Words("尚无记录。", "Nothing was written yet."),
    "case.earlier": Words("更早的 {n} 条", "{n} earlier entries"),
    "case.earlier.one": Words("更早的 {n} 条", "{n} earlier entry"),
    "case.latest": Words("最近的记录", "The latest entries"),
    "case.by": Words("由 {by}", "by {by}"),
    "case.note": Words("写备注", "Write a note"),
    "case.note_label": Words("备注", "Note"),
    "case.note_do": Words("保存备注", "Save the note"),
    "case.assign": Words("指派", "Assign"),
    "case.assign_label": Words("承办人", "To whom"),
    "case.assign_do": Words("指派", "Assign"),
    "case.attach": Words("添加附件", "Attach a file"),
    "case.attach_label": Words("文件（不超过 {most}）", "File, at most {most}"),
    "case.attach_lead": Words(
        "附件加密保存，其摘要写入存证。", "It is stored encrypted, and its digest is in the record."
    ),
    "case.attach_do": Words("上传", "Upload"),
    "case.resolve": Words("作出决定", "Answer this case"),
    "case.resolve_lead": Words(
        "决定写入存证，不改变判断本身：它放行或终止所指的事件。",
        "Your answer is recorded. It changes no judgement: it frees or stops what it names.",
    ),
    "case.action": Words("决定", "Answer"),
    "case.release": Words("放行：所担心的情形不存在", "Release: the concern does not hold"),
    "case.refuse": Words("拒绝：所担心的情形存在", "Refuse: the concern holds"),
    "case.override": Words(
        "破例：情形存在，仍由经营者决定进行",
        "Override: the concern holds, and we go ahead nonetheless",
    ),
    "case.no_override": Words(
        "法律义务与会员义务不得破例。",
        "What binds as law or as a member's duty is never overridden.",
    ),
    "case.reason": Words("理由", "Reason"),
    "case.reason_hint": Words("查阅了什么，结论如何", "What you looked at, and what it showed"),
    "case.until": Words("有效至（UTC）", "Holds until (UTC)"),
    "case.until_hint": Words("最长 90 天", "within 90 days"),
    "case.resolve_do": Words("提交决定", "Record the answer"),
    "case.two_people": Words(
        "须两人：您的决定等待另一人确认，七天内有效。",
        "Two people are needed: another person has to confirm within seven days.",
    ),
    "case.confirm_lead": Words(
        "{by} 于 {at} 决定“{action}”。须另一人确认。",
        "{by} answered “{action}” at {at}. Another person has to confirm it.",
    ),
    "case.confirm_own": Words(
        "这是您自己的决定，须由他人确认。", "This is your own answer; somebody else confirms it."
    ),
    "case.confirm_do": Words("确认“{action}”", "Confirm “{action}”"),
    "case.stands": Words(
        "{by} 的决定“{action}”有效至 {until}。", "“{action}” by {by} stands until {until}."
    ),
    "case.withdraw": Words("终止此决定", "End this answer"),
    "case.withdraw_do": Words("终止", "End it"),
    "case.not_officer": Words("只有合规官可以作出决定。", "Only officers answer cases."),
    "case.no_person": Words(
        "您的账户没有对应的主体编号，不能作出决定；请管理员补充。",
        "Your account names no person, so it cannot answer; ask an administrator.",
    ),
    "case.customer": Words("可告知客户的内容", "What the customer may be told"),
    "case.customer_lead": Words(
        "不透露规则、名单或怀疑。", "It tells of no rule, list or suspicion."
    ),
    "case.by_policy": Words("政策期限", "policy"),
    "case.by_clause": Words("期限依据", "deadline by"),
    "done.note": Words("备注已保存。", "The note is saved."),
    "done.assign": Words("已指派。", "It is assigned."),
    "done.attach": Words("附件已保存。", "The file is stored."),
    "done.frees": Words("已放行；{n} 份许可已签发。", "It is freed; {n} permits were issued."),
    "done.frees.one": Words("已放行；{n} 份许可已签发。", "It is freed; {n} permit was issued."),
    "done.stops": Words("已拒绝。", "It is refused."),
    "done.waits": Words("决定已记录，等待第二人确认。", "Recorded; it waits for a second person."),
    "done.ends": Words("先前的决定已终止。", "The earlier answer has ended."),
    "done.void": Words("决定已记录，但无效：{why}。", "Recorded, but void: {why}."),
    "journal.assign": Words("指派给 {name}", "assigned to {name}"),
    "journal.unassign": Words("取消指派", "assigned to nobody"),
    "journal.attach": Words("附件", "file"),
    "journal.erased": Words("内容已删除", "its content was erased"),
    # May I
    "may_i.title": Words("可以做吗？", "May I?"),
    "may_i.again": Words("重新开始", "Start again"),
}
