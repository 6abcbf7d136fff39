"""The cases beside a rule are run as events are judged, and tell what went wrong."""

from __future__ import annotations

from typing import Any

import pytest

from vermilion.rulebook import run_cases
from vermilion.rulebook.cases import missing_kinds

from .books import FIVE_CASES, book, case, rule, words


def problems(*cases: Any, **changes: Any) -> list[tuple[str, ...]]:
    """Return what is wrong with each case of a rule."""
    results = list(run_cases(book(rule(cases=list(cases), **changes))))
    assert [result.number for result in results] == list(range(1, len(cases) + 1))
    return [result.problems for result in results]


def test_good_cases_have_no_problem() -> None:
    """Cases that come out as expected are silent."""
    assert problems(*FIVE_CASES) == [()] * 5


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (case("comply", "2022-07-05", "pass", "ETH"), "expected pass, came out as hit"),
        (case("violate", "2022-07-05", "hit", "CNY"), "expected hit, came out as pass"),
        (case("missing", "2022-07-05", "hit"), "expected hit, came out as missing"),
        (case("day_before", "2020-01-01", "not_applicable", "ETH"), "came out as hit"),
        (
            case("missing", "2022-07-05", "missing", missing=["token"]),
            "expected to miss ['token'], misses ['price']",
        ),
        (
            case("violate", "2022-07-05", "hit", "ETH", alive=[]),
            "expected [] in force, found ['XX-LAW']",
        ),
        (case("violate", "yesterday", "hit", "ETH"), "cannot be read"),
        (case("violate", "2022-07-05T12:00:00", "hit", "ETH"), "has no offset"),
        (case("violate", "2022-07-05", "hit", "XYZ"), "unknown currency `XYZ`"),
        (
            case("violate", "2022-07-05", "hit") | {"facts": {"prise": 1}},
            "the facts of a sale cannot state `prise`",
        ),
        (case("violate", "2022-07-05", "hit") | {"facts": {"event": {}}}, "cannot state `event`"),
        (
            case("violate", "2022-07-05", "hit") | {"facts": {"parties": []}},
            "cannot state `parties`",
        ),
        (
            case("violate", "2022-07-05", "hit") | {"facts": {"buyer": "p"}},
            "`buyer` is stated by its fields",
        ),
        (
            case("violate", "2022-07-05", "hit") | {"facts": {"buyer": {"age": 7}}},
            "unknown field `age`",
        ),
    ],
)
def test_a_wrong_case_tells_what_came_out(changed: Any, problem: str) -> None:
    """A case that comes out otherwise, or cannot be read, is a result with its problem."""
    (found,) = problems(changed)
    assert any(problem in line for line in found)


def test_a_legal_day_turns_at_local_midnight() -> None:
    """A case may state a moment; the rulebook's time zone says which day it is."""
    assert problems(
        case("day_before", "2019-12-31T15:59:59Z", "not_applicable", "ETH"),
        case("day_of", "2019-12-31T16:00:00Z", "hit", "ETH"),
    ) == [(), ()]


def test_a_rule_that_is_off_applies_to_nothing() -> None:
    """Cases of a rule that is off come out as not applicable."""
    assert problems(case("violate", "2022-07-05", "not_applicable", "ETH"), mode="off") == [()]


def test_a_case_has_a_stage() -> None:
    """A case is judged in its stage, proposed unless it says otherwise."""
    assert problems(
        case("violate", "2022-07-05", "not_applicable", "ETH"),
        case("violate", "2022-07-05", "hit", "ETH", stage="settled"),
        stage=["settled"],
    ) == [(), ()]


def test_unknown_scope_is_missing_too() -> None:
    """Where it is unknown whether a rule applies, the scope's facts are asked for."""
    assert problems(
        case("missing", "2022-07-05", "missing", "ETH", missing=["purpose"]),
        case("comply", "2022-07-05", "not_applicable", "ETH") | {"facts": {"purpose": "custody"}},
        applies_if='purpose == "investment"',
    ) == [(), ()]


def test_parties_are_the_roles_of_the_event() -> None:
    """Roles named in a case count among the parties; a lacking issuer of a sale does not."""
    whole = {"seller": {"kind": "person"}, "buyer": {"kind": "person"}}
    base = case("comply", "2022-07-05", "pass")
    assert problems(
        base | {"facts": whole},
        base | {"facts": whole | {"issuer": {"kind": "organisation"}}, "expect": "hit"},
        base | {"facts": {"seller": {"kind": "person"}}, "expect": "missing"},
        violates_if='any(p.kind == "organisation" for p in parties)',
        reason=words("an organisation"),
    ) == [(), (), ()]


def test_lacking_kinds_are_told() -> None:
    """A rule is tested by five kinds of case; what is lacking is named in order."""
    (loaded,) = book(rule(cases=FIVE_CASES[1:3])).rules
    assert missing_kinds(loaded) == ["comply", "day_before", "day_of"]
