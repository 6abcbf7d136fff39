"""Words of judgements and of the things they are about."""

from __future__ import annotations

from vermilion.rulebook import Words

JUDGEMENTS: dict[str, Words] = {
    "judgements.title": Words("判断", "Judgements"),
    "judgements.none": Words("没有判断。", "Nothing has been judged yet."),
    "judgements.no_match": Words("没有符合条件的判断。", "No judgement matches these filters."),
    "judgements.without": Words(
        "未列出查阅与变更的记录；可在“类型”中选择。",
        "Accesses and changes of rights are left out; choose them under Type.",
    ),
    "judgements.verdict": Words("结论", "Verdict"),
    "judgements.type": Words("类型", "Type"),
    "judgements.source": Words("来源", "Source"),
    "judgements.stage": Words("阶段", "Stage"),
    "judgements.entry": Words("序号", "Entry"),
    "judgements.event": Words("事件", "Event"),
    "judgements.time": Words("时间", "Time"),
    "judgements.time_utc": Words("时间（UTC）", "Time (UTC)"),
    # One judgement
    "judgement.subject": Words("业务编号", "Business"),
    "judgement.source": Words("来源", "Source"),
    "judgement.time": Words("事件时间（UTC）", "Event time (UTC)"),
    "judgement.entry": Words("存证序号", "Entry"),
    "judgement.stage": Words("阶段", "Stage"),
    "judgement.things": Words("涉及", "About"),
    "judgement.verdicts": Words("结论", "The verdict"),
    "judgement.as_of": Words("按 {day} 的规则", "by the rules of {day}"),
    "judgement.quiet": Words("{n} 条规则适用，全部通过。", "{n} rules applied, and all passed."),
    "judgement.quiet.one": Words("{n} 条规则适用，已通过。", "{n} rule applied and passed."),
    "judgement.nothing_applies": Words("没有规则适用。", "No rule applies."),
    "judgement.passed": Words("已通过的 {n} 条规则", "{n} rules passed"),
    "judgement.passed.one": Words("已通过的 {n} 条规则", "{n} rule passed"),
    "judgement.facts": Words("据以判断的事实", "The facts that decided"),
    "judgement.no_facts": Words("没有可列出的事实。", "No single fact decided."),
    "judgement.missing": Words("缺少的事实", "What is missing"),
    "judgement.passing": Words("如何可以通过", "What would make it pass"),
    "judgement.clause": Words("条文", "The clause"),
    "judgement.confidential": Words("不得向客户透露", "not to be told to the customer"),
    "judgement.shadow": Words("试运行，不计入结论", "shadow: does not count"),
    "judgement.case": Words("查看案件", "Open the case"),
    "judgement.lacking": Words("缺少", "not stated"),
    "judgement.cases": Words("等待答复的案件", "Cases it waits for"),
    "judgement.permit": Words("许可", "Permit"),
    "judgement.jti": Words("许可编号", "Permit id"),
    "judgement.expires": Words("有效至", "Holds until"),
    "judgement.expired": Words("已过期", "has ended"),
    "judgement.permit_text": Words("许可全文", "The permit's text"),
    "judgement.no_permit": Words("没有许可。", "There is no permit."),
    "judgement.no_permit_needed": Words(
        "许可只发给拟进行的事件。", "Permits are given to proposals only."
    ),
    "judgement.permit_problem": Words(
        "许可不能写出：{problem}", "The permit cannot be written out: {problem}"
    ),
    "judgement.customer": Words("告知客户的内容", "What the customer is told"),
    "judgement.asks": Words("需客户补充", "Asked of the customer"),
    "judgement.findings": Words("与许可不符之处", "Findings"),
    "judgement.finding": Words("发现 {entry}", "Finding {entry}"),
    "judgement.receipt": Words("存证凭据", "Receipt"),
    "judgement.size": Words("存证条数", "Entries in the record"),
    "judgement.recorded_at": Words("写入时间（UTC）", "Recorded at (UTC)"),
    "judgement.digest": Words("事件摘要（SHA-256）", "Event digest (SHA-256)"),
    "judgement.checkpoint": Words("最近的签名检查点", "Last signed checkpoint"),
    "judgement.verify": Words("自行验证", "Verify it yourself"),
    "judgement.event_json": Words("事件原文", "The event as recorded"),
    "judgement.answer": Words("就此事件作出决定", "Answer for this event alone"),
    # Things
    "thing.history": Words("历史", "History"),
    "thing.no_history": Words("没有涉及它的判断。", "No judgement is about it."),
    "thing.statements": Words("现有事实", "What is known"),
    "thing.no_statements": Words("没有关于它的事实说明。", "Nothing was stated about it."),
    "thing.none_holds": Words(
        "已有的说明现在均不在有效期内，见“所有说明”。",
        "Nothing that was stated of it holds now; “Who stated what” has it all.",
    ),
    "thing.stated": Words("由存证 {entry} 说明", "stated in entry {entry}"),
    "thing.from": Words("自 {first} 起有效", "holds from {first}"),
    "thing.between": Words("{first} 至 {last} 有效", "held from {first} to {last}"),
    "thing.said": Words("所有说明", "Who stated what"),
    "thing.validity": Words("有效期", "Validity"),
    "thing.what": Words("内容", "What it says"),
    "thing.older": Words("更早的说明未列出。", "Older statements are not shown."),
    "thing.no_links": Words(
        "没有相关的主体或物品。", "It names nothing else, and nothing names it."
    ),
    "thing.naming": Words("被列为{relation}：{kind}", "as {relation}: {kind}"),
    "thing.personal": Words(
        "查阅主体信息已记入存证。", "That you looked at this party is recorded."
    ),
    "thing.links": Words("相关", "Linked"),
    "thing.erased": Words("内容已删除", "its content was erased"),
}
