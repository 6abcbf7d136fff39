"""Words of the loop: what was proposed, permitted and resolved, what settled, and what bypassed it."""

from __future__ import annotations

from vermilion.rulebook import Words

COLUMNS = {
    "proposed": Words("提请", "proposed"),
    "permitted": Words("许可", "permitted"),
    "released": Words("放行", "released"),
    "waiting": Words("待审", "waiting"),
    "denied": Words("不许可", "denied"),
    "refused": Words("拒绝", "refused"),
    "lapsed": Words("了结", "lapsed"),
    "allowed": Words("尚早", "too early"),
    "permits": Words("许可证", "permits"),
    "used": Words("已用", "used"),
    "open": Words("可用", "open"),
    "unused": Words("过期", "unused"),
    "gone": Words("撤换", "gone"),
    "settled": Words("已发生", "settled"),
    "covered": Words("许可内", "covered"),
    "unexplained": Words("许可外", "unexplained"),
    "imported": Words("导入", "imported"),
    "backdated": Words("倒填", "backdated"),
    "withdrawn": Words("撤回", "withdrawn"),
}
"""What the counts of a reconciliation are called."""

MEANINGS = {
    "imported": Words(
        "导入：来源首次提请该类事件之前已发生的，以及从不提请的来源所导入的；无须许可。",
        "Imported: what a source settled before it first proposed an event of that type, and what a "
        "source that never proposes brings in. It needs no permit.",
    ),
    "backdated": Words(
        "倒填：来源开始提请之后才报来、时间却在此之前的；计入导入，请核对。",
        "Backdated: imported after the source had begun to propose, with a time before that; look at "
        "why.",
    ),
    "released": Words("放行：由人审核后许可。", "Released: permitted by a person after review."),
    "denied": Words(
        "不许可：规则不许；拒绝：由人审核后不许。",
        "Denied: the rules forbid it. Refused: a person decided so after review.",
    ),
    "lapsed": Words(
        "了结：待审期间已撤回、被取代，或径行发生。",
        "Lapsed: withdrawn or replaced while it was held, or settled nonetheless.",
    ),
    "allowed": Words(
        "尚早：规则允许，但时间太靠后，暂不发许可。",
        "Too early: the rules allow it, but it lies too far ahead to be permitted yet.",
    ),
    "open": Words(
        "许可证按提请之日计：已用；可用（仍有效）；过期（未用）；撤换（未用，已撤回或被取代）。",
        "Permits count on the day of their proposal: used; open, which may still settle; unused, "
        "which expired; gone, which were withdrawn or replaced before use.",
    ),
}
"""What the counts mean that do not say it themselves; each is told where its count is not zero."""

BYPASS_REASONS = {
    "no_permit": Words("没有许可", "no permit"),
    "early": Words("早于许可生效", "before its permit began"),
    "expired": Words("晚于许可到期", "after its permit had expired"),
    "other_price": Words("价款与许可不同", "another price than permitted"),
    "other_party": Words("当事人与许可不同", "another party than permitted"),
    "other_token": Words("藏品或作品与许可不同", "another token or work than permitted"),
    "other_terms": Words("其他内容与许可不同", "other terms than permitted"),
    "used_twice": Words("同一事项重复发生", "settled a second time"),
    "serial_gap": Words("来源的编号有缺", "numbers left out by the source"),
    "not_told": Words("存证中没有相应的发现记录", "the record holds no finding about it"),
}
"""Why no permit covers what settled."""

STANDINGS = {
    "none": Words("无，或尚未答复", "none, or not answered yet"),
    "permitted": Words("已许可", "permitted"),
    "held": Words("待审", "held for review"),
    "denied": Words("不许可", "denied"),
    "refused": Words("已拒绝", "refused"),
    "withdrawn": Words("已撤回", "withdrawn"),
}
"""How the proposal stood when the event settled."""

CHANGED = {
    "data": Words("全部内容", "everything"),
    "platform": Words("平台", "platform"),
    "work": Words("作品", "work"),
    "token": Words("藏品", "token"),
    "parties": Words("当事人", "parties"),
    "price": Words("价款", "price"),
    "mode": Words("方式", "way of selling"),
    "draw": Words("抽签", "draw"),
    "purpose": Words("目的", "purpose"),
    "kind": Words("种类", "kind"),
}
"""Fields of events that each type of event has its own name for; `data` stands for all of them."""

EFFECTS = {
    "release": Words("放行", "released"),
    "refuse": Words("拒绝", "refused"),
    "override": Words("破例", "overridden"),
    "waits": Words("首位人员作出，须第二人确认", "by a first person, for a second one to confirm"),
    "ends": Words("终止先前的决定", "ended an earlier one"),
    "void": Words("无效", "void"),
}
"""What resolutions did."""

VOIDS = {
    "no_reason": Words("未说明理由", "it does not say why"),
    "not_settled": Words("没有作为已完成的决定提交", "it was not stated as settled"),
    "nothing_held": Words("所指的事项并不在待审", "the event that it names was not held"),
    "unknown_cause": Words("所指的事由不存在", "the cause that it names is not known"),
    "nothing_to_confirm": Words(
        "没有可确认或可终止的决定", "there was nothing to confirm or to end"
    ),
    "too_late_to_confirm": Words("确认过迟", "it confirmed too late"),
    "other_action": Words("与所确认的决定不一致", "it is not the action that it confirms"),
    "before_what_it_answers": Words("时间早于其所处理的事项", "it is dated before what it answers"),
    "not_an_officer": Words("作出者不是授权人员", "by somebody who is not an officer"),
    "not_allowed": Words("超出作出者的权限", "by an officer who may not do that"),
    "unsigned": Words("没有签名", "it is not signed"),
    "bad_signature": Words("签名不符", "its signature does not hold"),
    "same_person": Words("两人可能是同一人", "both may be the same person"),
    "party_to_event": Words(
        "作出者可能是该事项的当事人", "by somebody who may be a party to the event"
    ),
    "no_end": Words("按事由处理而没有截止时间", "for a whole cause, but without an end"),
    "too_long": Words("按事由处理而期限过长", "for a whole cause, but for too long"),
    "ended": Words("截止时间已过", "its end had already passed"),
    "binds": Words(
        "对法律或会员义务不得破例", "what binds as law or membership cannot be overridden"
    ),
}
"""Why resolutions did nothing."""

LOOP = {
    "loop.title": Words("许可对账", "Permits held against what settled"),
    "loop.of": Words("{book} · 许可对账", "{book} · permits held against what settled"),
    "loop.book": Words("账簿", "Book"),
    "loop.at": Words("截至", "As of"),
    "loop.sources": Words("来源", "Sources"),
    # The answer
    "loop.empty": Words(
        "没有提请，也没有已发生的事件。", "Nothing was proposed, and nothing has settled."
    ),
    "loop.unsettled": Words(
        "没有已发生的事件；已提请 {n} 项。", "Nothing has settled; {n} events were proposed."
    ),
    "loop.unsettled.one": Words(
        "没有已发生的事件；已提请 {n} 项。", "Nothing has settled; {n} event was proposed."
    ),
    "loop.unexplained": Words(
        "{settled} 项已发生的事件中，{n} 项不能以许可解释。",
        "{n} of {settled} settled events are not explained by a permit.",
    ),
    "loop.unexplained.one": Words(
        "{settled} 项已发生的事件中，{n} 项不能以许可解释。",
        "{n} of {settled} settled events is not explained by a permit.",
    ),
    "loop.explained": Words(
        "已发生的 {n} 项事件均有许可。",
        "Everything that settled is explained by its permit: {n} events.",
    ),
    "loop.explained.one": Words(
        "已发生的 {n} 项事件有许可。",
        "Everything that settled is explained by its permit: {n} event.",
    ),
    "loop.covered": Words(
        "须有许可的 {n} 项已发生事件均有许可；另有 {imported} 项为导入，无须许可。",
        "Everything that needed a permit is explained by it: {n} settled events, beside {imported} "
        "imported.",
    ),
    "loop.covered.one": Words(
        "须有许可的 {n} 项已发生事件有许可；另有 {imported} 项为导入，无须许可。",
        "Everything that needed a permit is explained by it: {n} settled event, beside {imported} "
        "imported.",
    ),
    "loop.imported": Words(
        "已发生的 {n} 项事件均为导入，无须许可。",
        "Nothing that settled needed a permit: all {n} events were imported.",
    ),
    "loop.imported.one": Words(
        "已发生的 {n} 项事件为导入，无须许可。",
        "Nothing that settled needed a permit: {n} event was imported.",
    ),
    "loop.missing": Words(
        "来源的编号缺 {n} 个，可能有事件未报。",
        "{n} numbers are missing from what sources count themselves: events may be left out.",
    ),
    "loop.missing.one": Words(
        "来源的编号缺 {n} 个，可能有事件未报。",
        "{n} number is missing from what sources count themselves: an event may be left out.",
    ),
    "loop.term": Words("{name} {n}", "{n} {name}"),
    # The counts by source and day
    "loop.days": Words("按来源和日期", "By source and day"),
    "loop.day": Words("日期", "Day"),
    "loop.proposals": Words("提请及其结果", "What was proposed"),
    "loop.settlements": Words("已发生", "What settled"),
    "loop.permits": Words("许可证", "Permits"),
    "loop.until": Words("至 {day}", "to {day}"),
    "loop.further": Words("另 {n} 个来源", "{n} more sources"),
    "loop.further.one": Words("另 {n} 个来源", "{n} more source"),
    "loop.sum": Words("小计", "sum"),
    "loop.total": Words("总计", "total"),
    "loop.over_time": Words("须有许可的事件", "Events that needed a permit"),
    "loop.describe": Words(
        "{first} 至 {last} 的{unit}堆叠柱状图：许可内 {covered} 项，许可外 {unexplained} 项",
        "Stacked bars {unit}, {first} to {last}: {covered} covered by a permit, {unexplained} "
        "unexplained",
    ),
    # One by one
    "loop.events": Words("不能以许可解释的事件", "Settled events that no permit explains"),
    "loop.shown": Words(
        "按存证先后列出 {shown} 项，共 {n} 项。",
        "{shown} of {n}, in the order of the record.",
    ),
    "loop.several": Words("一项事件可有多个原因。", "One event may have several reasons."),
    "loop.filter": Words("按编号、来源或原因筛选", "Filter by id, source or reason"),
    "loop.reasons": Words("原因", "Reasons"),
    "loop.proposal": Words("提请的状态", "Proposal"),
    "loop.changed": Words("不同之处", "Differs in"),
    "loop.stood": Words("提请：{how}", "proposal: {how}"),
    "loop.differs": Words("不同之处：{what}", "differs in {what}"),
    # Resolutions
    "loop.resolutions": Words("人的决定", "Resolutions by people"),
    "loop.none_resolved": Words("没有人作出的决定。", "There are none."),
    "loop.effect": Words("效果", "Effect"),
    "loop.number": Words("数量", "Number"),
    "loop.unconfirmed": Words("{n} 项正在等待第二人确认。", "{n} wait for a second person now."),
    "loop.unconfirmed.one": Words(
        "{n} 项正在等待第二人确认。", "{n} waits for a second person now."
    ),
    "loop.void": Words("无效的原因", "Why they are void"),
    # Gaps
    "loop.gaps": Words("来源编号的缺口", "Gaps in the sources' own numbers"),
    "loop.gap": Words("编号", "Numbers"),
    "loop.told": Words("已有发现记录", "a finding says so"),
    "loop.untold": Words("可能仍会补到", "may still come in"),
    "loop.source": Words("来源", "Source"),
    "loop.state": Words("情况", "State"),
    # The foot
    "loop.method": Words(
        "对照的依据是存证中各条的明文，任何人都可以用存证的根哈希核对；不解密任何内容。",
        "This is read from the statements of the record's entries, which anybody can check against "
        "its root hash. Nothing was decrypted.",
    ),
    "loop.full": Words(
        "编号和来源过长的在中间省略；完整内容见 --json。",
        "Long ids and sources are cut in the middle; --json has them whole.",
    ),
    # What is held, on a terminal
    "held.title": Words(
        "{n} 项事件待审，事由 {causes} 个", "{n} events are held, by {causes} causes"
    ),
    "held.title.one": Words(
        "{n} 项事件待审，事由 {causes} 个", "{n} event is held; causes: {causes}"
    ),
    "held.events": Words("{n} 项事件", "{n} events"),
    "held.events.one": Words("{n} 项事件", "{n} event"),
    "held.answered": Words("已有处理，另因他事待审", "answered, held by something else too"),
    "held.of": Words("{entity} 的 {fact}", "{fact} of {entity}"),
    "held.examples": Words("事件：{names}", "events: {names}"),
    "held.further": Words("另有 {n} 个事由（--most）", "and {n} causes more (--most)"),
    "held.further.one": Words("另有 {n} 个事由（--most）", "and {n} cause more (--most)"),
    "held.waits": Words(
        "{by} 的决定（{action}）等待第二人确认", "by {by}: {action}; waits for a second person"
    ),
    "held.about": Words("针对 {about}，作于 {at}", "for {about}, said {at}"),
    # Beside a run
    "loop.issued": Words("已发许可 {n} 份。", "{n} permits issued."),
    "loop.issued.one": Words("已发许可 {n} 份。", "{n} permit issued."),
    "loop.found": Words(
        "{n} 项发现：已发生而不能以许可解释，或来源编号有缺；见 vermilion reconcile。",
        "{n} findings of what settled without its permit, or of numbers left out: see "
        "vermilion reconcile.",
    ),
    "loop.found.one": Words(
        "{n} 项发现：已发生而不能以许可解释，或来源编号有缺；见 vermilion reconcile。",
        "{n} finding of what settled without its permit, or of numbers left out: see "
        "vermilion reconcile.",
    ),
}
"""Sentences and headings; `words.UI` has them among its own."""
