"""Tell a customer the answer in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vermilion.desk.customer import CustomerAnswer, Ground
from vermilion.pages.codes import BINDS
from vermilion.pages.text import prose, visible
from vermilion.pages.words import Language, fact_label, pick, say
from vermilion.rulebook import Words

STATUSES = {
    "allowed": Words("可以办理", "may go ahead"),
    "held": Words("处理中", "being processed"),
    "declined": Words("不能办理", "cannot go ahead"),
    "withdrawn": Words("已撤回", "withdrawn"),
}
"""What a customer's answer is called."""

HEADINGS = {
    "conditions": Words("条件", "Conditions"),
    "reasons": Words("理由", "Reasons"),
    "asks": Words("请您补充", "What we need from you"),
}


def tell_customer(answer: CustomerAnswer, language: Language) -> str:
    """Return an answer as a text of some lines in one language.

    It holds nothing that is not in the answer.
    """
    return "\n".join(_lines(answer, language))


def _lines(answer: CustomerAnswer, language: Language) -> Iterator[str]:
    event, status = answer.event, pick(STATUSES[answer.status], language)
    name = f"{visible(event.source)} {visible(event.id)}"
    yield f"{name}{say('colon', language)}{status}"
    yield pick(answer.message, language)
    yield from _grounds("conditions", answer.conditions, language)
    yield from _grounds("reasons", answer.reasons, language)
    if answer.asks:
        yield from _heading("asks", language)
    for ask in answer.asks:
        yield f"? {pick(fact_label(ask.fact), language)}  [{visible(ask.entity)}]"


def _heading(name: str, language: Language) -> Iterator[str]:
    yield ""
    yield pick(HEADINGS[name], language)


def _grounds(name: str, grounds: Sequence[Ground], language: Language) -> Iterator[str]:
    if grounds:
        yield from _heading(name, language)
    for ground in grounds:
        yield f"{pick(ground.title, language)}{say('colon', language)}{prose(pick(ground.reason, language))}"
        for clause in ground.clauses:
            yield f"  § {pick(clause.title, language)}, {clause.pinpoint} [{pick(BINDS[clause.binds], language)}]"
            if clause.quote:
                yield f"    “{clause.quote}”"
        if ground.remedy is not None:
            yield f"  → {pick(ground.remedy, language)}"
