"""Every word of the pages in Chinese and English, so that templates hold none of their own.

`say` fills a text; English texts that change with a number have a second entry ending in `.one`.
"""

from __future__ import annotations

from typing import Literal

from vermilion.pages.codes import KINDS, named
from vermilion.pages.fact_labels import fact_label
from vermilion.pages.loop_words import LOOP
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
        "依次补充 {questions}，最多 {events}不再等待",
        "{questions}, answered in order, would free up to {events}",
    ),
    "answer.questions.one": Words(
        "补充 {questions}，最多 {events}不再等待",
        "{questions} would free up to {events}",
    ),
    "answer.waiting": Words("{events}在等待事实", "{events} wait for facts"),
    "answer.waiting.one": Words("{events}在等待事实", "{events} waits for facts"),
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
    "count.answers": Words("{n} 项结论", "{n} answers"),
    "count.answers.one": Words("{n} 项结论", "{n} answer"),
    "count.questions": Words("{n} 组资料", "{n} questions"),
    "count.questions.one": Words("{n} 组资料", "{n} question"),
    "count.rows": Words("{n} 行", "{n} rows"),
    "count.rows.one": Words("{n} 行", "{n} row"),
    # Charts
    "time.title": Words("各期结论", "Verdicts over time"),
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
    # Problems
    "problems.title": Words("发现的问题", "Problems found"),
    "problems.lead": Words(
        "{n} 条规则被命中，最严重的在前。", "{n} rules were hit, the gravest first."
    ),
    "problems.lead.one": Words("{n} 条规则被命中。", "{n} rule was hit."),
    "problems.none": Words("没有规则被命中。", "No rule was hit."),
    "problems.wrong": Words("问题", "Problem"),
    "problems.theme": Words("{n} 条规则，命中 {hits} 次", "{n} rules, hits: {hits}"),
    "problems.theme.one": Words("{n} 条规则，命中 {hits} 次", "{n} rule, hits: {hits}"),
    "problems.events": Words("事件", "Events"),
    "problems.example": Words("例如", "Example"),
    "problems.ground": Words("依据与约束力", "Clause, and whether it binds"),
    # The plan of questions
    "plan.title": Words("按此顺序补充资料", "What to supply, in this order"),
    "plan.lead": Words(
        "缺少事实不等于通过：{events}在等待。按以下顺序补充，每一步可作出判断的事件最多；"
        "补充后可能还会有新的问题，故数字均为上限。",
        "A missing fact never passes: {events} wait. This order decides most with each step; an "
        "answer may raise a further question, so the numbers are upper bounds.",
    ),
    "plan.lead.one": Words(
        "缺少事实不等于通过：{events}在等待。",
        "A missing fact never passes: {events} waits.",
    ),
    "plan.state": Words("就 {things}说明", "State for {things}"),
    "plan.export": Words("在导出数据中增加字段，共 {things}", "Add to the export, for {things}"),
    "plan.from_platform": Words("由平台说明一次", "the platform answers, once"),
    "plan.from_collection": Words("由发行方逐个说明", "the issuer answers, once for each"),
    "plan.from_party": Words("来自账户与实名资料", "from account and identity files"),
    "plan.from_export": Words("导出表与映射各增加列", "new columns in table and mapping"),
    "plan.waits": Words("{events}在等待", "{events} wait for this"),
    "plan.waits.one": Words("{events}在等待", "{events} waits for this"),
    "plan.decided": Words(
        "完成此步后，{total}中最多 {after} 项可作出判断",
        "after this step up to {after} of {total} are decided",
    ),
    "plan.needed": Words(
        "{events}需要此步，须与以下各步一并完成",
        "needed by {events}, together with the steps below",
    ),
    "plan.bar": Words(
        "此前已判断 {before}，此步新增 {gained}，共 {total}",
        "{before} decided before, {gained} more by this step, {total} in all",
    ),
    "plan.before": Words("此前可判断", "decided before"),
    "plan.gained": Words("此步新增", "decided by this step"),
    "plan.left": Words("仍在等待", "still waiting"),
    "plan.supply": Words("需要提供", "Supply"),
    # Missing facts, one by one
    "missing.title": Words("逐项列出全部 {n} 项事实", "All {n} facts, one by one"),
    "missing.title.one": Words("所缺的事实", "The one fact"),
    "missing.fact": Words("事实", "Fact"),
    "missing.of": Words("涉及", "Of"),
    "missing.waiting": Words("等待的事件", "Events waiting"),
    "missing.alone": Words("其中只缺此项", "For this alone"),
    "missing.examples": Words("例如", "For example"),
    "missing.rules": Words("提问的规则", "Asked by"),
    # Windows
    "window.never": Words("从未", "never before"),
    "window.trading_days": Words("{n} 个交易日", "{n} trading days"),
    "window.trading_days.one": Words("{n} 个交易日", "{n} trading day"),
    "duration.days": Words("{n} 天", "{n} days"),
    "duration.days.one": Words("{n} 天", "{n} day"),
    "duration.hours": Words("{n} 小时", "{n} hours"),
    "duration.hours.one": Words("{n} 小时", "{n} hour"),
    "duration.minutes": Words("{n} 分钟", "{n} minutes"),
    "duration.minutes.one": Words("{n} 分钟", "{n} minute"),
    "duration.seconds": Words("{n} 秒", "{n} seconds"),
    "duration.seconds.one": Words("{n} 秒", "{n} second"),
    # Rules
    "rules.title": Words("命中的规则", "Rules that were hit"),
    "rules.waiting": Words("待定的规则", "Rules that wait for facts"),
    "rules.waiting_lead": Words(
        "{n} 条规则没有命中，但因缺少事实而不能判断部分或全部事件。",
        "{n} rules were not hit, but could not decide some or all of their events.",
    ),
    "rules.waiting_lead.one": Words(
        "{n} 条规则没有命中，但因缺少事实而不能判断部分或全部事件。",
        "{n} rule was not hit, but could not decide some or all of its events.",
    ),
    "rules.waiting_show": Words("查看这些规则", "Show these rules"),
    "rules.filter": Words("按编号、文字或事件筛选", "Filter by id, word or event"),
    "rules.rest": Words("其余规则", "Further rules"),
    "rule.reason": Words("原因", "Why"),
    "rule.remedy": Words("处理办法", "What to do"),
    "rule.question": Words("需要回答", "Question"),
    "rule.open": Words("法律上未决", "Open in law"),
    "rule.hit": Words("命中", "hit"),
    "rule.missing": Words("缺少事实", "facts missing"),
    "rule.passed": Words("通过", "passed"),
    "rule.counts": Words("命中 {hit}，缺少事实 {missing}", "{hit} hit, {missing} missing"),
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
    "clean.title": Words("已检查且未见问题", "Checked and found clean"),
    "clean.idle": Words("没有适用事件的规则", "Rules that applied to nothing"),
    "clean.lead": Words(
        "{n} 条规则判断的事件全部通过。", "{n} rules passed every event they judged."
    ),
    "clean.lead.one": Words(
        "{n} 条规则判断的事件全部通过。", "{n} rule passed every event it judged."
    ),
    "clean.rest": Words("{n} 条规则没有适用的事件。", "{n} rules applied to no event."),
    "clean.rest.one": Words("{n} 条规则没有适用的事件。", "{n} rule applied to no event."),
    "clean.show": Words("查看清单", "Show the list"),
    "clean.passed": Words("{n} 项全部通过", "passed all {n}"),
    "clean.unused": Words("未适用", "did not apply"),
    # Rejects
    "rejects.note": Words(
        "另有 {rows}无法读取，未作判断。", "{rows} could not be read and were not judged."
    ),
    "rejects.note.one": Words(
        "另有 {rows}无法读取，未作判断。", "{rows} could not be read and was not judged."
    ),
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
    "foot.title": Words("方法、核对与存证", "Method, counts and record"),
    "foot.method": Words(
        "每项事件按其法定日期有效的规则判断，以最强的结论为准；缺少事实不视为通过。"
        "每条依据都注明对经营者是否具有约束力。",
        "Each event was judged by the rules in force on its legal date, and the strongest outcome "
        "counts; a missing fact never passes. Each clause says whether it binds this operator.",
    ),
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
    "foot.temporary": Words(
        "本次存证写在临时账簿中，运行后即不保留；用 --book 指定的账簿可以保留并验证。",
        "The record of this run lay in a temporary book and is gone; a book named with --book "
        "stays and can be verified.",
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
    "terminal.more": Words("另有 {n} 条，见报告", "{n} more in the report"),
    "terminal.example": Words("如 {id}", "e.g. {id}"),
    "terminal.facts": Words(
        "逐项事实见报告（--report）或 --json",
        "each single fact: in the report (--report), or --json",
    ),
    "terminal.record": Words("存证 {size} 条，根 {root}", "record {size} entries, root {root}"),
    "terminal.unsealed": Words("未写入存证", "nothing sealed"),
    "terminal.speed": Words(
        "{seconds} 秒，每秒 {speed} 项", "{seconds} s, {speed} events a second"
    ),
    **LOOP,
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
