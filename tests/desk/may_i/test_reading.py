"""What a form sends back is read as typed answers or refused with its field; steps carry everything."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.desk.may_i import UNKNOWN, advance, next_question, plan_of, read_answer
from vermilion.desk.may_i.reading import Fields
from vermilion.errors import DataError, Error, UsageError
from vermilion.facts.money import CURRENCIES, Money, format_money

from .samples import AT, CN, GOOD

PLAN = plan_of("brand_cards")
DIGEST = "A" * 64


def read(fact: str, fields: Fields, *, plan: str = "brand_cards", **answers: Any) -> Any:
    """Read what a form sent for a fact of a plan."""
    chosen = plan_of(plan)
    question = next_question(chosen, answers, CN, at=AT, prefer=fact)
    assert question is not None
    assert question.fact == fact
    return read_answer(chosen, question, fields)


@pytest.mark.parametrize(
    ("fact", "fields", "value"),
    [
        ("token.divisible", {"token.divisible": ["no"]}, False),
        ("token.edition.size", {"token.edition.size": ["5,000"]}, 5_000),
        ("issuer.kyc.status", {"issuer.kyc.status": ["verified"]}, "verified"),
        ("issuer.kyc.expires_on", {"issuer.kyc.expires_on": ["2030-01-01"]}, "2030-01-01"),
        ("token.rights", {"token.rights": ["display", "display", "access"]}, ["display", "access"]),
        ("token.rights", {"token.rights.none": ["yes"]}, []),
        ("issuer.lists_hit", {"issuer.lists_hit": [" UN \n\n EU"]}, ["UN", "EU"]),
        ("offer.ad_texts", {"offer.ad_texts": ["一行\n二行"]}, ["一行\n二行"]),
        ("offer.price", {"unknown": ["yes"], "offer.price.amount": ["x"]}, UNKNOWN),
        (
            "platform.licences",
            {
                "platform.licences.0.type": ["online_culture"],
                "platform.licences.0.valid_until": ["2030-01-01"],
                "platform.licences.2.type": ["other"],
            },
            [{"type": "online_culture", "valid_until": "2030-01-01"}, {"type": "other"}],
        ),
        ("platform.licences", {"platform.licences.none": ["yes"]}, []),
    ],
)
def test_fields_become_typed_answers(fact: str, fields: Fields, value: Any) -> None:
    """Each kind of input is read as JSON of the fact's type; the button counts before anything."""
    assert read(fact, fields) == value


def test_moments_and_digests_of_a_draw_are_read() -> None:
    """A time without offset is taken in the rulebook's zone; a digest may be written in capitals."""
    at = {"offer.draw.terms_published_at": ["2026-05-01T10:00"]}
    moment = read("offer.draw.terms_published_at", at, plan="blind_box")
    assert moment == "2026-05-01T10:00:00+08:00"
    digest = {"offer.draw.terms_sha256": [DIGEST]}
    assert read("offer.draw.terms_sha256", digest, plan="blind_box") == DIGEST.lower()


@given(
    amount=st.integers(0, 10**38 - 1), currency=st.sampled_from(["CNY", "JPY", "ETH", "KWD", "BTC"])
)
def test_money_is_read_exactly(amount: int, currency: str) -> None:
    """What is shown of an amount is read back to the last minor unit; nothing is rounded."""
    shown = format_money(Money(amount, currency)).partition(" ")[0]
    fields = {"offer.price.amount": [shown], "offer.price.currency": [currency]}
    found = msgspec.convert(read("offer.price", fields), Money)
    assert (found.minor_units, found.currency) == (amount, currency)


@pytest.mark.parametrize(
    ("fact", "fields", "code", "field"),
    [
        ("token.divisible", {}, "answer_lacking", "token.divisible"),
        ("token.divisible", {"token.divisible": ["maybe"]}, "answer_no_choice", "token.divisible"),
        (
            "token.edition.size",
            {"token.edition.size": ["-1"]},
            "answer_no_number",
            "token.edition.size",
        ),
        (
            "token.edition.size",
            {"token.edition.size": ["٣"]},
            "answer_no_number",
            "token.edition.size",
        ),
        (
            "token.edition.size",
            {"token.edition.size": ["9" * 16]},
            "bad_answer",
            "token.edition.size",
        ),
        (
            "token.edition.size",
            {"token.edition.size": ["1", "2"]},
            "answer_twice",
            "token.edition.size",
        ),
        (
            "issuer.kyc.expires_on",
            {"issuer.kyc.expires_on": ["1/2/30"]},
            "answer_no_date",
            "issuer.kyc.expires_on",
        ),
        ("token.rights", {"token.rights": ["theft"]}, "answer_no_choice", "token.rights"),
        (
            "token.rights",
            {"token.rights": ["access"], "token.rights.none": ["yes"]},
            "answer_both",
            "token.rights",
        ),
        (
            "offer.price",
            {"offer.price.amount": ["1.999"], "offer.price.currency": ["CNY"]},
            "answer_no_amount",
            "offer.price.amount",
        ),
        (
            "offer.price",
            {"offer.price.amount": ["1e3"], "offer.price.currency": ["CNY"]},
            "answer_no_amount",
            "offer.price.amount",
        ),
        ("offer.price", {"offer.price.amount": ["1"]}, "answer_no_choice", "offer.price.currency"),
        (
            "offer.price",
            {"offer.price.amount": ["9" * 39], "offer.price.currency": ["CNY"]},
            "answer_too_large",
            "offer.price.amount",
        ),
        (
            "offer.ad_texts",
            {"offer.ad_texts": ["x" * 100_001]},
            "answer_too_long",
            "offer.ad_texts",
        ),
        (
            "issuer.lists_hit",
            {"issuer.lists_hit": ["\n".join("x" * 257)]},
            "bad_answer",
            "issuer.lists_hit",
        ),
        (
            "platform.licences",
            {"platform.licences.1.number": ["7"]},
            "answer_row_lacking",
            "platform.licences.1.type",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_field_and_remedy(
    fact: str, fields: Fields, code: str, field: str
) -> None:
    """The error names the field of the form and says what to do."""
    with pytest.raises(DataError) as refused:
        read(fact, fields)
    assert (refused.value.code, refused.value.where) == (code, field)
    assert refused.value.help


@given(
    fields=st.dictionaries(
        st.sampled_from(
            ["offer.price.amount", "offer.price.currency", "offer.price", "offer.price.none"]
        ),
        st.lists(st.text(max_size=20) | st.sampled_from([*CURRENCIES][:3]), max_size=2),
    )
)
def test_no_form_brings_the_reader_down(fields: dict[str, list[str]]) -> None:
    """Whatever is sent, it is an answer of the fact's type or an error for people."""
    try:
        found: Money | Error = msgspec.convert(read("offer.price", fields), Money)
    except DataError as refused:
        found = refused
    assert isinstance(found, Money) or found.where is not None


def form(answers: dict[str, Any], **more: list[str]) -> dict[str, list[str]]:
    """Return what a form of the brand's interview sends."""
    return {"plan": [PLAN.id], "answers": [msgspec.json.encode(answers).decode()], **more}


def test_forms_alone_lead_through_a_whole_interview() -> None:
    """Each step follows from what the last form carried; the end is that of the same answers."""
    answers: dict[str, Any] = {}
    asked = []
    step = advance({"plan": [PLAN.id]}, CN, AT)
    while step.question is not None:
        fact = step.question.fact
        asked.append(fact)
        step = advance(form(answers, fact=[fact], unknown=["yes"]), CN, AT)
        answers = dict(step.answers)
    assert answers == dict.fromkeys(asked, UNKNOWN)
    assert next_question(PLAN, answers, CN, at=AT) is None


def test_a_refused_answer_leaves_the_interview_where_it_was() -> None:
    """The same question stands, with the error and the answers of before."""
    step = advance(form({}, fact=["offer.price"], **{"offer.price.amount": ["x"]}), CN, AT)
    assert step.question is not None
    assert step.error is not None
    assert (step.question.fact, step.answers) == ("offer.price", {})


def test_an_answer_taken_back_is_asked_again() -> None:
    """After `change` the fact is gone from the answers and is the question."""
    step = advance(form({"offer.price": GOOD["offer.price"]}, change=["offer.price"]), CN, AT)
    assert step.question is not None
    assert (step.question.fact, step.answers) == ("offer.price", {})


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "plan_unknown"),
        ({"plan": ["lemonade"]}, "plan_unknown"),
        (form({}, fact=["token.id"]), "fact_unknown"),
        ({"plan": [PLAN.id], "answers": ["["]}, "bad_answer"),
        ({"plan": [PLAN.id], "answers": ['"x"']}, "bad_answer"),
        ({"plan": [PLAN.id], "answers": ["[" * 100_000]}, "bad_answer"),
        (form({"offer.price": 1}), "bad_answer"),
    ],
)
def test_forms_that_nobody_of_ours_sent_are_refused(fields: Fields, code: str) -> None:
    """A made-up plan, fact or set of answers gives an error for people."""
    with pytest.raises((UsageError, DataError)) as refused:
        advance(fields, CN, AT)
    assert refused.value.code == code
