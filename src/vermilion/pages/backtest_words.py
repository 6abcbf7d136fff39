"""Words of a backtest: what a draft would change, what it would cost, and how far labels agree."""

from __future__ import annotations

from vermilion.pages.words import Language, pick, thousands
from vermilion.rulebook import Words

TEXTS: dict[str, Words] = {
    "title": Words("规则草案回测", "Backtest of a draft"),
    "of": Words("{rulebook} · 规则草案回测", "{rulebook} · backtest of a draft"),
    "rulebook": Words("规则集", "Rulebook"),
    "base": Words("现行", "Base"),
    "draft": Words("草案", "Draft"),
    "events": Words("事件", "Events"),
    "of.files": Words("文件", "files"),
    "of.book": Words("账簿的存证", "a book's record"),
    "of.facts": Words("事实表", "fact tables"),
    "from": Words("来自", "From"),
    "same": Words("{n} 项事件的结论都不变。", "None of the {n} events gets another verdict."),
    "changed": Words(
        "{n} 项事件中有 {changed} 项结论改变。",
        "{changed} of {n} events get another verdict.",
    ),
    "no_rule": Words("各条规则的结果都不变。", "No rule comes out otherwise."),
    "shadow": Words(
        "试运行的规则按计入结论回测。", "Rules in shadow are taken as if they counted."
    ),
    "verdicts": Words("结论", "Verdicts"),
    "before": Words("现行", "Before"),
    "after": Words("草案", "After"),
    "number": Words("事件数", "Events"),
    "examples": Words("例如", "For example"),
    "rules": Words("规则", "Rules"),
    "rules_lead": Words(
        "“新增”是草案才会作出的处理，“减少”是草案不再作出的。",
        "New is what only the draft would do to events, lost what it would do no more.",
    ),
    "rule": Words("规则", "Rule"),
    "filter": Words("按编号或标题筛选", "Filter by id or title"),
    "new.deny": Words("新增不得进行", "new denials"),
    "new.review": Words("新增待审", "new reviews"),
    "new.condition": Words("新增附条件", "new conditions"),
    "lost.deny": Words("减少不得进行", "lost denials"),
    "lost.review": Words("减少待审", "lost reviews"),
    "lost.condition": Words("减少附条件", "lost conditions"),
    "outcomes": Words("规则的结果", "What rules say"),
    "outcome": Words("结果", "Outcome"),
    "outcome.hit": Words("触犯", "hit"),
    "outcome.unknown": Words("缺事实", "lacks a fact"),
    "outcome.passed": Words("通过", "passed"),
    "outcome.not_applicable": Words("不适用", "does not apply"),
    "outcome.none": Words("无此规则或已停用", "absent or off"),
    "load": Words("审核工作量", "Work for reviewers"),
    "load.line": Words(
        "现行 {before} 案 {hours_before} 小时，草案 {after} 案 {hours_after} 小时；新增 {new}，减少 {gone}。",
        "{before} cases, {hours_before} hours before; {after} cases, {hours_after} hours after; "
        "{new} new, {gone} gone.",
    ),
    "load.policy": Words(
        "每案 {minutes} 分钟（自定标准）。同一事由的事件合为一案。",
        "{minutes} minutes a case (policy). Events with one cause are one case.",
    ),
    "scores": Words("与标签的吻合", "Agreement with labels"),
    "scores.truth": Words(
        "标签来自模拟市场的真值，每项事件对每条规则都有标签。",
        "Labels are the truth about a simulated market, which has one for each event and rule.",
    ),
    "scores.resolutions": Words(
        "标签来自审核人的处理，只有有人审核过的事件才有标签（{n} 项）；没有人看过的漏判不在其中。",
        "Labels are officers' resolutions: only events that somebody looked at have one ({n}). What "
        "nobody looked at is missing from recall.",
    ),
    "scores.agree": Words(
        "前后都与标签全部吻合的规则：{n} 条。",
        "Rules that agree with every label, before and after: {n}.",
    ),
    "scores.other": Words(
        "其余规则在两边都没有可比的标签。",
        "The other rules have no label on either side.",
    ),
    "precision": Words("精确率", "precision"),
    "recall": Words("召回率", "recall"),
    "right": Words("正确", "right"),
    "wrong": Words("误报", "wrong"),
    "missed": Words("漏报", "missed"),
    "undecided": Words("未决", "undecided"),
    "counts": Words(
        "读入 {read} = 判断 {judged} + 重复 {duplicate} + 拒收 {rejected} + 已删除 {erased}",
        "{read} read = {judged} judged + {duplicate} duplicate + {rejected} rejected + {erased} erased",
    ),
    "foot": Words("说明", "About this page"),
    "method": Words(
        "每项事件由两套规则各判断一次，所依据的是当时已知的事实；没有写入存证，也没有启用任何规则。",
        "Each event was judged by both rulebooks on what was known then. Nothing was sealed, and "
        "nothing was put in force.",
    ),
    "full": Words(
        "每格最多列 5 个例子；全部数目见 --json。",
        "At most five examples stand for each cell; --json has all counts.",
    ),
    "coverage.cases": Words("用例", "cases"),
    "coverage.history": Words("历史", "history"),
    "coverage.of": Words("历史事件 {n} 项", "a history of {n} events"),
    "coverage.no_history": Words("没有给出历史", "no history was named"),
    "coverage.no_case_hit": Words("没有用例触犯", "no case hits it"),
    "coverage.no_case_unknown": Words("没有用例缺事实", "no case lacks a fact"),
    "coverage.no_case_passed": Words("没有用例通过", "no case passes"),
    "coverage.no_case_not_applicable": Words("没有不适用的用例", "no case lies outside of it"),
    "coverage.case_fails": Words("有用例不符", "a case fails"),
    "coverage.never_applied": Words("历史中从未适用", "never applied in the history"),
    "coverage.never_hit": Words("历史中从未触犯", "never hit in the history"),
    "coverage.always_unknown": Words(
        "历史中适用时总缺事实", "lacked a fact whenever it applied in the history"
    ),
    "coverage.sum": Words(
        "规则 {n} 条；从未适用 {never_applied}，适用而从未触犯 {never_hit}，总缺事实 {always_unknown}；"
        "用例不全 {lacking}。",
        "{n} rules; {never_applied} never applied, {never_hit} applied and never hit, "
        "{always_unknown} always lacked a fact; cases of {lacking} leave out an outcome.",
    ),
    "replay.head": Words(
        "第 {first} 至 {last} 条：再次判断 {events} 项事件，决定 {rulings} 份，用时 {seconds} 秒（每秒 {rate} 项）",
        "entries {first} to {last}: {events} events judged again, {rulings} decisions in {seconds} s "
        "({rate} events a second)",
    ),
    "replay.equal": Words("逐字节相同", "equal to the byte"),
    "replay.same": Words("相同", "the same"),
    "replay.different": Words("不同", "different"),
    "replay.unclear": Words(
        "依赖其后已删除的内容，无从判断", "rest on what was erased since: nobody can tell any more"
    ),
    "replay.erased": Words(
        "项事件已部分或全部删除，不再判断", "events erased in part or whole, not judged again"
    ),
    "replay.entries": Words("第 {entries} 条", "entries {entries}"),
    "replay.substituted": Words(
        "以 {digest}… 代替当时的规则集", "judged under {digest}… in place of what was recorded"
    ),
    "replay.first": Words("第一处不同", "First difference"),
    "replay.where": Words(
        "第 {entry} 条，{source} {id}，规则集 {rulebook}",
        "entry {entry}, {source} {id}, rulebook {rulebook}",
    ),
    "replay.no_rule": Words("不属于某条规则", "of no single rule"),
    "replay.named": Words("{rule}：{fact}", "{rule}: {fact}"),
    "fact.outcome": Words("结果", "outcome"),
    "fact.version": Words("版本", "version"),
    "fact.missing": Words("所缺事实", "lacking facts"),
    "fact.verdict": Words("结论", "verdict"),
    "fact.as_of": Words("适用日期", "legal date"),
    "fact.passed": Words("通过的规则", "rules that passed"),
    "fact.rules": Words("未通过的规则", "rules that did not pass"),
    "fact.statement": Words("明文记载的结论", "verdict stated in clear"),
    "replay.values": Words(
        "存证为 {recorded}，再次判断为 {again}", "recorded {recorded}, again {again}"
    ),
    "replay.by_rule": Words("涉及的规则（决定份数）", "Rules concerned, by decisions"),
    "took": Words("用时 {seconds} 秒", "{seconds} s"),
}
"""Sentences and headings; what is filled in stands in braces."""

PARTS = frozenset(key.removeprefix("fact.") for key in TEXTS if key.startswith("fact."))
"""Parts of a decision that have words of their own; any other difference is a fact's path."""


def tell(key: str, language: Language, **values: object) -> str:
    """Return a text with its blanks filled; whole numbers get separators."""
    filled = {k: thousands(v) if isinstance(v, int) else str(v) for k, v in values.items()}
    return pick(TEXTS[key], language).format(**filled)


def outcome(value: str | None, language: Language) -> str:
    """Return what an outcome is called; None is a rulebook without the rule."""
    return tell(f"outcome.{value or 'none'}", language)


def share(value: float | None) -> str:
    """Return a precision or recall in per cent; a dash where there was nothing to divide by."""
    return "–" if value is None else f"{value:.1%}"
