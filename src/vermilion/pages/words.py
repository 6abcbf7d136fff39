"""Every word of the pages in Chinese and English, so that templates hold none of their own.

`say` fills a text; English texts that change with a number have a second entry ending in `.one`.
"""

from __future__ import annotations

from typing import Literal

from vermilion.pages.codes import KINDS, named
from vermilion.pages.fact_labels import fact_label
from vermilion.rulebook import Words

__all__ = ["LANGUAGES", "UI", "Language", "counted", "fact_label", "pick", "say", "thousands"]

Language = Literal["zh", "en"]

LANGUAGES: tuple[Language, ...] = ("zh", "en")

UI: dict[str, Words] = {
    # The frame
    "language.name": Words("中文", "English"),
    "language.tag": Words("zh-CN", "en"),
    "language.switch": Words("语言", "Language"),
    "wordmark": Words("Vermilion", "Vermilion"),
    "report.title": Words("合规检查报告", "Compliance check"),
    "report.of": Words("{operator} · 合规检查报告", "{operator} · compliance check"),
    "separator": Words("、", ", "),
    "colon": Words("：", ": "),
    "unknown": Words("未知", "unknown"),
    "none": Words("无", "none"),
    "yes": Words("是", "yes"),
    "no": Words("否", "no"),
    "more": Words("另有 {n} 项", "and {n} more"),
    # The head
    "head.operator": Words("经营者", "Operator"),
    "head.roles": Words("角色", "Roles"),
    "head.memberships": Words("会员身份", "Memberships"),
    "head.territory": Words("地域", "Territory"),
    "head.files": Words("数据文件", "Files"),
    "head.period": Words("期间", "Period covered"),
    "head.rulebooks": Words("规则集", "Rulebooks"),
    "head.started": Words("运行时间", "Run at"),
    "head.speed": Words("用时", "Took"),
    "head.period_value": Words("{first} 至 {last}", "{first} to {last}"),
    "banner.as_of": Words(
        "推演：全部事件按 {day} 的规则判断，未写入存证。",
        "What if: every event was judged by the rules of {day}. Nothing was sealed.",
    ),
    "banner.as_of_sealed": Words(
        "推演：全部事件按 {day} 的规则判断。",
        "What if: every event was judged by the rules of {day}.",
    ),
    "banner.unsealed": Words(
        "试运行：结果未写入存证。", "Trial run: nothing was sealed into the record."
    ),
    # The answer
    "answer.title": Words("结论", "The answer"),
    "answer.deny": Words("{n} 项不得进行", "{n} must not go ahead"),
    "answer.review": Words("{n} 项须人工审核", "{n} need a person"),
    "answer.review.one": Words("{n} 项须人工审核", "{n} needs a person"),
    "answer.condition": Words("{n} 项可附条件进行", "{n} may go ahead on conditions"),
    "answer.among": Words("{events}中，{parts}", "of {events}, {parts}"),
    "answer.questions": Words(
        "补充 {questions}后，{events}即可作出判断",
        "answering {questions} would free {events}",
    ),
    "answer.waiting": Words("另有 {questions}待补", "{questions} wait for an answer"),
    "answer.waiting.one": Words("另有 {questions}待补", "{questions} waits for an answer"),
    "answer.all_allowed": Words("{events}均可进行", "all {events} may go ahead"),
    "answer.all_allowed.one": Words("唯一的事件可以进行", "the one event may go ahead"),
    "answer.no_stop": Words("{events}均无须阻止", "none of {events} has to be stopped"),
    "answer.no_rule": Words("没有规则适用于这 {events}", "no rule applies to these {events}"),
    "answer.no_rule.one": Words("没有规则适用于这一事件", "no rule applies to this event"),
    "answer.nothing": Words("没有可判断的事件", "there was no event to judge"),
    "answer.unreadable": Words(
        "没有可判断的事件：{rows}无法读取", "nothing could be judged: {rows} could not be read"
    ),
    "answer.of": Words("{title}——{sentence}", "{title} — {sentence}"),
    "answer.stop": Words("。", "."),
    "answer.comma": Words("，", ", "),
    "answer.semicolon": Words("；", "; "),
    "count.events": Words("{n} 项事件", "{n} events"),
    "count.events.one": Words("{n} 项事件", "{n} event"),
    "count.questions": Words("{n} 项事实", "{n} questions"),
    "count.questions.one": Words("{n} 项事实", "{n} question"),
    "count.rows": Words("{n} 行", "{n} rows"),
    "count.rows.one": Words("{n} 行", "{n} row"),
    # Charts
    "time.title": Words("各期结论", "Verdicts over time"),
    "time.empty": Words("没有可显示的日期。", "There are no dates to show."),
    "time.describe": Words(
        "{first} 至 {last} 的{unit}结论堆叠柱状图，共 {events}",
        "Stacked bars of verdicts {unit}, {first} to {last}, {events} in all",
    ),
    "time.numbers": Words("查看数据", "Show the numbers"),
    "time.period": Words("期间", "Period"),
    "time.action": Words("须处理的事件", "Events to act on"),
    "time.all": Words("全部事件", "All events"),
    "unit.day": Words("每日", "by day"),
    "unit.week": Words("每周（周一起）", "by week from Monday"),
    "unit.month": Words("每月", "by month"),
    "unit.quarter": Words("每季", "by quarter"),
    "unit.year": Words("每年", "by year"),
    "unit.decade": Words("每十年", "by decade"),
    "unit.century": Words("每百年", "by century"),
    "hits.title": Words("触及的规则", "Rules that were touched"),
    "hits.lead": Words(
        "每条横线：规则命中的事件，以及因缺少事实而无法判断的事件。",
        "Each bar: events that the rule hit, and events it could not decide because facts lack.",
    ),
    "hits.none": Words(
        "没有规则命中，也没有规则缺少事实。", "No rule hit, and none lacked a fact."
    ),
    "hits.more": Words("其余 {n} 条规则见下文。", "{n} more rules are further down."),
    "hits.more.one": Words("其余 {n} 条规则见下文。", "{n} more rule is further down."),
    "hits.bar": Words("命中 {hit}，缺少事实 {missing}", "{hit} hit, {missing} missing"),
    # Missing facts
    "missing.title": Words("待补事实", "Questions to answer"),
    "missing.lead": Words(
        "缺少证据不等于通过。每项事实只问一次，不论多少事件在等它。",
        "Missing evidence never passes. Each fact is asked for once, however many events wait.",
    ),
    "missing.none": Words("没有缺少的事实。", "No fact is missing."),
    "missing.ask": Words("请提供 {things}的“{fact}”", "Supply the {fact} for {things}"),
    "missing.effect": Words(
        "涉及 {events}，补充后 {frees} 项不再等待", "concerns {events}, frees {frees}"
    ),
    "missing.frees_none": Words(
        "涉及 {events}，这些事件还缺少其他事实",
        "concerns {events}, which lack other facts as well",
    ),
    "missing.fact": Words("事实", "Fact"),
    "missing.examples": Words("例如", "For example"),
    "missing.rules": Words("提问的规则", "Asked by"),
    # Rules
    "rules.title": Words("命中或待定的规则", "Rules that hit or could not decide"),
    "rules.filter": Words("按编号、文字或事件筛选", "Filter by id, word or event"),
    "rules.rest": Words("其余规则", "Further rules"),
    "rule.reason": Words("原因", "Why"),
    "rule.remedy": Words("处理办法", "What to do"),
    "rule.question": Words("需要回答", "Question"),
    "rule.open": Words("法律上未决", "Open in law"),
    "rule.hit": Words("命中", "hit"),
    "rule.missing": Words("缺少事实", "missing"),
    "rule.passed": Words("通过", "passed"),
    "rule.citations": Words("依据", "Grounds"),
    "rule.no_citation": Words("没有列出依据。", "No ground is listed."),
    "rule.examples": Words("事件举例", "Example events"),
    "rule.verdict": Words("命中时", "on a hit"),
    "rule.addressees": Words("适用对象", "Addressed to"),
    "rule.since": Words("自 {first} 施行", "in force from {first}"),
    "rule.between": Words(
        "自 {first} 施行，{last} 起失效", "in force from {first}, no longer from {last}"
    ),
    "rule.no_quote": Words("未收录原文。", "The wording is not on file."),
    "column.event": Words("事件", "Event"),
    "column.time": Words("时间", "Time"),
    "column.outcome": Words("结果", "Outcome"),
    "column.facts": Words("事实", "Facts"),
    "column.lacks": Words("缺少", "Lacks"),
    "column.rule": Words("规则", "Rule"),
    "quiet.title": Words("未触及的规则", "Rules that nothing touched"),
    "quiet.lead": Words(
        "{passed} 条规则全部通过，{unused} 条不适用于任何事件。",
        "{passed} passed every event they judged, {unused} applied to no event.",
    ),
    "quiet.passed": Words("{n} 项全部通过", "passed all {n}"),
    "quiet.unused": Words("未适用", "did not apply"),
    # Rejects
    "rejects.title": Words("无法读取的行", "Rows that could not be read"),
    "rejects.lead": Words(
        "{rows}被退回，未作判断。以下是前 {shown} 例。",
        "{rows} came back unjudged. The first {shown} are shown.",
    ),
    "rejects.lead.one": Words("{rows}被退回，未作判断。", "{rows} came back unjudged."),
    "rejects.place": Words("位置", "Place"),
    "rejects.field": Words("字段", "Field"),
    "rejects.reason": Words("原因", "Reason"),
    "rejects.remedy": Words("处理办法", "Remedy"),
    # The foot
    "foot.title": Words("核对与存证", "Counts and record"),
    "foot.counts": Words(
        "读取 {read} = 判断 {judged} + 重复 {duplicate} + 退回 {rejected}",
        "{read} read = {judged} judged + {duplicate} duplicate + {rejected} rejected",
    ),
    "foot.off": Words(
        "数目不符：相差 {n}，请查明后再使用本报告。",
        "The counts do not agree: {n} rows are unaccounted for. Find them before you rely on this.",
    ),
    "foot.record": Words("存证条数", "Entries in the record"),
    "foot.root": Words("根哈希", "Root hash"),
    "foot.verify": Words("自行验证", "Verify it yourself"),
    "foot.unsealed": Words(
        "本次运行未写入存证，以上数字是运行前的存证状态。",
        "This run was not sealed; the record is as it was before.",
    ),
    "foot.drafts": Words(
        "本报告 {all} 处引文中有 {n} 处尚未经人工与官方文本核对。",
        "{n} of the {all} citations here are drafts: no person has yet checked them against the "
        "official text.",
    ),
    "foot.advice": Words(
        "本报告是对所供数据的机械判断，不构成法律意见。",
        "This report is a mechanical judgement of the data supplied. It is not legal advice.",
    ),
    # The terminal
    "terminal.rules": Words("规则", "Rules"),
    "terminal.more": Words("另有 {n} 条，见报告", "{n} more in the report"),
    "terminal.record": Words("存证 {size} 条，根 {root}", "record {size} entries, root {root}"),
    "terminal.unsealed": Words("未写入存证", "nothing sealed"),
    "terminal.speed": Words(
        "{seconds} 秒，每秒 {speed} 项", "{seconds} s, {speed} events a second"
    ),
}


def pick(words: Words, language: Language) -> str:
    """Return a text in one language, or in the other where it is empty."""
    return (words.zh or words.en) if language == "zh" else (words.en or words.zh)


def thousands(number: int) -> str:
    """Write a whole number with separators: 1204 as `1,204`."""
    return f"{number:,}"


def say(key: str, language: Language, **values: object) -> str:
    """Return a text of `UI` with its blanks filled; whole numbers get separators.

    `n` equal to one takes the entry `key.one` where there is one.
    """
    chosen = f"{key}.one" if values.get("n") == 1 and f"{key}.one" in UI else key
    filled = {k: thousands(v) if isinstance(v, int) else str(v) for k, v in values.items()}
    return pick(UI[chosen], language).format(**filled)


def counted(kind: str, number: int, language: Language) -> str:
    """Return a number of things of a kind: `3 works`, `3 件作品`."""
    name = pick(named(KINDS, kind), language)
    if language == "zh":
        return f"{thousands(number)} {name}"
    one, _, many = name.partition("|")
    return f"{thousands(number)} {one if number == 1 or not many else many}"
