"""Conditions in CEL agree with the fused Python function, through Google's own evaluator."""

from __future__ import annotations

import datetime as dt
import random
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vermilion.errors import RulebookError
from vermilion.facts.dates import age_on
from vermilion.facts.namespace import namespace
from vermilion.language import Condition, fuse, parse, roots_of, walk
from vermilion.language.cel import FACTS, cel
from vermilion.language.tree import Compare, Constant, Matches
from vermilion.language.types import BOOL, STR, fields_of
from vermilion.rulebook import Engine, Profile, load_rulebook
from vermilion.rulebook.load import find_rulebook
from vermilion.rulebook.windows import nodes_of

from .random_facts import RandomFacts
from .random_rules import PARAMETERS, SCOPE, conditions
from .test_agreement import EXAMPLES, QUIET

if TYPE_CHECKING:
    from vermilion.language import Outcomes
    from vermilion.language.types import Type

evaluator = pytest.importorskip("cel_expr_python.cel", reason="cel-expr-python is not installed")
ENVIRONMENT = evaluator.NewEnv(variables={FACTS: evaluator.Type.DYN})
SMALL = 2**31
PAGE = Path(__file__).parents[2] / "docs" / "sql.md"


def plain(value: Any, kind: Type, depth: int = 4) -> Any:
    """Return a fact as its JSON holds it; what is unknown is absent."""
    match kind.kind:
        case "date" | "time":
            return value.isoformat()
        case "money":
            return {"amount": value.amount, "currency": value.currency}
        case "list":
            return [plain(item, kind.element, depth) for item in value]
        case "struct" if depth:
            fields = fields_of(kind.struct).items()
            found = {name: (getattr(value, name), field.type) for name, field in fields}
            return {
                name: plain(one, of, depth - 1)
                for name, (one, of) in found.items()
                if one is not None
            }
        case "struct":
            return {}
        case _:
            return value


def facts_of(event_type: str, data: Any, known: dict[str, Any]) -> dict[str, Any]:
    """Return what CEL is given."""
    sources, found = namespace(event_type), {}
    for name, field in roots_of(event_type).items():
        value = getattr(data, name) if sources[name].origin == "data" else known[name]
        if value is not None:
            found[name] = plain(value, field.type)
    windows = {
        name.removeprefix("windows."): value
        for name, value in known.items()
        if name.startswith("windows.") and value is not None
    }
    return found | {"windows": windows}


def answer(value: Any) -> bool | None:
    """Return what an evaluation came to; None for an error."""
    return value.value() if value.type() == evaluator.Type.BOOL else None


def by_cel(text: str, facts: dict[str, Any]) -> bool | None:
    """Return what an independent evaluator makes of a text."""
    return answer(ENVIRONMENT.compile(text).eval(data={FACTS: facts}))


def answers(masks: Outcomes, conditions: int) -> list[bool | None]:
    """Return what the fused function made of conditions."""
    hit, unknown, _ = masks
    return [None if unknown >> n & 1 else bool(hit >> n & 1) for n in range(conditions)]


def is_small(value: Any) -> bool:
    """Say whether no number among the facts comes near to what CEL can hold."""
    match value:
        case dict():
            return all(map(is_small, value.values()))
        case list():
            return all(map(is_small, value))
        case str():
            return not re.fullmatch(r"-?\d{9,}", value)
        case int():
            return abs(value) < SMALL
        case _:
            return True


@settings(max_examples=max(EXAMPLES // 4, 1), **QUIET)
@given(text=conditions(), source=st.randoms(use_true_random=True))
def test_cel_agrees_with_python(text: str, source: random.Random) -> None:
    """True, false and unknown are CEL's true, false and error, save for numbers beyond 64 bits."""
    node = parse(text, SCOPE)
    try:
        written = cel(node, PARAMETERS)
    except RulebookError:
        assert "matches" in text or re.search(r"\d{19,}", text)
        return
    judge = fuse("sale", [Condition(None, node)], PARAMETERS)
    small_text = not re.search(r"\d{9,}", text)
    for unknown in (0, 0.1, 0.4):
        data, known = RandomFacts(source, [node], unknown).event("sale")
        facts = facts_of("sale", data, known)
        found, (expected,) = by_cel(written, facts), answers(judge(data, known), 1)
        if found != expected:
            assert found is None, (written, facts)
            assert not (small_text and is_small(facts)), (written, facts)


@pytest.mark.parametrize("event_type", ["issue", "sale", "platform"])
def test_shipped_rules_agree_in_cel(event_type: str) -> None:
    """Every rule of China that CEL can say comes out alike, on facts known and unknown."""
    engine = Engine(load_rulebook(find_rulebook("cn")), Profile(territory="CN"))
    parameters = engine.parameters(dt.date(2026, 3, 1))
    trees = [
        tree
        for rule in engine.rulebook.rules
        if event_type in rule.conditions
        for tree in nodes_of(rule.conditions[event_type])
        if not any(isinstance(part, Matches) for part in walk(tree))
    ]
    programs = [ENVIRONMENT.compile(cel(tree, parameters)) for tree in trees]
    judge = fuse(event_type, [Condition(None, tree) for tree in trees], parameters)
    source, seen = random.Random(event_type), set()
    for unknown in (0, 0.05, 0.05, 0.3) * 2:
        data, known = RandomFacts(source, trees, unknown).event(event_type)
        given_facts = {FACTS: facts_of(event_type, data, known)}
        found = [answer(program.eval(data=given_facts)) for program in programs]
        assert found == answers(judge(data, known), len(trees))
        seen.update(found)
    assert seen == {True, False, None}


def written(text: str) -> str:
    """Return a condition's CEL."""
    return cel(parse(text, SCOPE), PARAMETERS)


def test_a_condition_reads_as_it_was_written() -> None:
    """Order, names and texts stay, a parameter is its value; the page shows an example."""
    text = 'price.currency == "CNY" and known(purpose) and not token.divisible'
    assert f"\n{written(text)}\n" in PAGE.read_text(encoding="utf-8")
    text = "work.ai_generated and (known(offer) or not (offer != params.letter))"
    assert written(text) == (
        'facts.work.ai_generated && (has(facts.offer) || !(facts.offer != "b"))'
    )


@pytest.mark.parametrize(
    "said", ["it's", 'a "b"', "back\\slash", "保证\n收益", "\x01", "\U0001f600"]
)
def test_any_text_is_said(said: str) -> None:
    """A text of a list reaches CEL as it is, whatever it holds."""
    node = parse('offer == "a"', SCOPE)
    assert isinstance(node, Compare)
    one = Compare(BOOL, True, "==", node.left, Constant(STR, nullable=False, value=said))
    assert by_cel(cel(one, {}), {"offer": said}) is True
    assert by_cel(cel(one, {}), {"offer": said + "x"}) is False


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("matches(offer, lists.letters)", "matches"),
        ("windows.deals < 99999999999999999999", "64 bits"),
    ],
)
def test_what_cannot_be_said_is_named(text: str, what: str) -> None:
    """What CEL has no words for is refused with the reason."""
    with pytest.raises(RulebookError, match=what):
        written(text)


BIRTHDAYS = [
    dt.date(year, *day) for year in (2004, 2022, 2023) for day in ((2, 28), (3, 1), (12, 31))
]


def test_ages_agree_on_every_birthday() -> None:
    """An age in CEL is the age: the day before, on the birthday, and for 29 February."""
    text = written("age(buyer.birth_date) == windows.deals")
    for born in [*BIRTHDAYS, dt.date(2004, 2, 29)]:
        for today in BIRTHDAYS:
            facts = {
                "buyer": {"birth_date": born.isoformat()},
                "event": {"date": today.isoformat()},
                "windows": {"deals": age_on(born, today)},
            }
            assert by_cel(text, facts) is True
