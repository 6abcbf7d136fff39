"""Words about erasing a person, for the console and the command."""

from __future__ import annotations

from collections.abc import Iterator

from vermilion.desk.erase import Erased
from vermilion.facts.events import Keeping
from vermilion.pages.text import visible
from vermilion.pages.value_words import VALUE_WORDS
from vermilion.pages.words import Language, pick
from vermilion.rulebook import Words

ERASURE = {
    "lost": Words(
        "此操作不可撤销：关于此人的事实说明、此人写下的文字，以及据其事实作出的判断内容，将永远无法读取，"
        "任何人都不能恢复；存证仍可验证，编号作为假名保留。更早的密钥备份销毁后才算彻底删除。",
        "This is final: what was stated of the person, what the person wrote, and what was decided"
        " by those facts can be read no more, by anybody. The record still verifies, and the id"
        " stays as a pseudonym. It is complete once the backups of the keys from before are"
        " destroyed.",
    ),
    "sure": Words("确定永久删除“{person}”的信息吗？", "Erase `{person}` for good?"),
    "done": Words("已删除：{person}", "erased: {person}"),
    "at": Words("时间（UTC）：{at}；存证 {entry}", "at {at} UTC, entry {entry}"),
    "by": Words("删除者：{by}", "by {by}"),
    "asked_by": Words("要求者：{asked_by}", "asked for by {asked_by}"),
    "ground": Words("依据：{ground}", "ground: {ground}"),
    "reference": Words("档案编号：{reference}", "reference: {reference}"),
    "ended": Words("业务关系结束日：{day}", "relationship ended: {day}"),
    "term": Words(
        "可能适用的保存期限：{clause}，{months} 个月，{until}",
        "records may have to be kept: {clause}, {months} months, {until}",
    ),
    "until": Words("{day} 届满", "over on {day}"),
    "unknown": Words("届满日未知", "nobody knows until when"),
    "policy": Words("自行政策", "policy"),
    "despite": Words(
        "不顾保存期限而删除，由操作者负责", "erased despite that; the operator answers for it"
    ),
    "no_terms": Words(
        "生效的规则集没有适用于此人记录的保存期限",
        "no rulebook in force names a term of keeping for what was recorded of the person",
    ),
}


def erased_lines(done: Erased, language: Language) -> Iterator[str]:
    """Yield what an erasure says, line by line."""

    def said(key: str, **values: object) -> str:
        told = {name: visible(str(value)) for name, value in values.items()}
        return pick(ERASURE[key], language).format(**told)

    yield said("done", person=done.person)
    yield said("at", at=f"{done.at:%Y-%m-%d %H:%M:%S}", entry=done.entry)
    yield said("by", by=done.by)
    if done.asked_by is not None:
        yield said("asked_by", asked_by=done.asked_by)
    yield said("ground", ground=pick(VALUE_WORDS[done.ground], language))
    if done.reference is not None:
        yield said("reference", reference=done.reference)
    if done.relationship_ended is not None:
        yield said("ended", day=done.relationship_ended)
    yield from [term_line(one, language) for one in done.retention] or [said("no_terms")]
    if done.despite_retention:
        yield said("despite")


def term_line(term: Keeping, language: Language) -> str:
    """Return what a term of keeping rests on, and until when it runs."""
    clause = pick(ERASURE["policy"], language)
    if term.instrument is not None:
        clause = f"{term.instrument} {term.pinpoint}"
    until = pick(ERASURE["unknown"], language)
    if term.until is not None:
        until = pick(ERASURE["until"], language).format(day=term.until)
    words = pick(ERASURE["term"], language)
    return words.format(clause=visible(clause), months=term.months, until=until)
