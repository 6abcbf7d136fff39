"""Windows against the reference, over random streams."""

from __future__ import annotations

import random

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from vermilion.features import KEEP, LATE, NEVER, Definition, Function, Windows

from .reference import ClosedReference
from .streams import DEFINITIONS, FUNCTIONS, HUGE, SECRET, Pair, Step, run, streams

KEEPS = st.sampled_from([0, 3, 10, 50, KEEP])
NAMES = [f"{one.function} {one.within}" for one in DEFINITIONS]
EACH = pytest.mark.parametrize("definition", DEFINITIONS, ids=NAMES)
KEY = ("a key", 1)


def windows(function: Function, within: int | None, keep: int = 10) -> Windows:
    """Return windows of one definition."""
    return Windows([Definition(function, bytes(16), within)], secret=SECRET, keep=keep)


@EACH
@settings(max_examples=50)
@given(steps=streams(), keep=KEEPS)
def test_equals_reference(definition: Definition, steps: list[Step], keep: int) -> None:
    """Every answer equals the reference, through late events, ties, corrections and restarts.

    It is LATE only for a question more than `keep` before the newest contribution of its key, or
    for all time after a contribution that old was taken out.
    """
    run(definition, steps, keep)


@EACH
@settings(max_examples=20)
@given(steps=streams(in_order=True, removing=False), keep=KEEPS)
def test_in_order_is_never_late(definition: Definition, steps: list[Step], keep: int) -> None:
    """What comes in order of time never answers LATE."""
    assert run(definition, steps, keep).late == 0


@EACH
@settings(max_examples=10)
@given(steps=streams(), keep=KEEPS)
def test_memory_limit_changes_no_answer(
    definition: Definition, steps: list[Step], keep: int
) -> None:
    """With no room in memory every answer is the same, LATE included."""
    roomy, cramped = Pair(definition, keep), Pair(definition, keep, max_keys=0)
    for step in steps:
        roomy.take(step)
        cramped.take(step)
        asked = [pair.windows.value(0, step.key, step.moment) for pair in (roomy, cramped)]
        assert asked[0] == asked[1]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_closed_window_is_caught(function: Function) -> None:
    """The comparison finds a window that holds its far end, for every function."""
    definition = Definition(function, bytes(16), 5)

    def differs(steps: list[Step]) -> bool:
        try:
            run(definition, steps, KEEP, reference=ClosedReference)
        except AssertionError:
            return True
        return False

    quick = settings(max_examples=2_000, phases=[Phase.generate], database=None)
    run(definition, find(streams(), differs, settings=quick, random=random.Random(1)), KEEP)


@pytest.mark.parametrize(
    ("function", "empty"),
    [("count", 0), ("sum", 0), ("distinct", 0), ("held_for", NEVER)]
    + [(function, None) for function in ("min", "max", "first", "last", "first_seen")],
)
def test_empty_window(function: Function, empty: int | None) -> None:
    """An empty window answers nought, NEVER or None, and is left as new by asking."""
    one = windows(function, 5)
    assert one.value(0, KEY, 100) == empty
    assert list(one.changed()) == []


def test_far_end_is_open_and_near_end_closed() -> None:
    """A window of five seconds holds its own second and the four before."""
    one = windows("count", 5)
    one.add(0, KEY, 100, None)
    assert [one.value(0, KEY, moment) for moment in (99, 100, 104, 105)] == [0, 1, 1, 0]


def test_order_within_a_second() -> None:
    """Contributions of one second are first and last in order of arrival."""
    for function, wanted in (("first", "a"), ("last", "c")):
        one = windows(function, None)
        for value in "abc":
            one.add(0, KEY, 100, value)
        assert one.value(0, KEY, 100) == wanted


def test_including_changes_nothing() -> None:
    """The event that is asked about counts in its answer, and in no other."""
    one = windows("sum", 5)
    assert one.value(0, KEY, 100, including=HUGE) == HUGE
    assert one.value(0, KEY, 100) == 0


def test_keys_are_apart() -> None:
    """A number and a text that reads alike are different keys."""
    one = windows("count", None)
    one.add(0, ("1",), 100, None)
    assert one.value(0, (1,), 100) == 0


def test_what_was_let_go_is_late_not_guessed() -> None:
    """A question far before the newest contribution answers LATE; the same one before did not."""
    one = windows("count", 5, keep=10)
    one.add(0, KEY, 100, None)
    assert one.value(0, KEY, 101) == 1
    one.add(0, KEY, 200, None)
    assert one.value(0, KEY, 101) is LATE


def test_a_folded_last_that_is_taken_out_is_late_until_another_comes() -> None:
    """Nobody knows what came before the last value once it is folded."""
    one = windows("last", None, keep=10)
    for moment, value in ((100, "a"), (101, "b"), (200, "c")):
        one.add(0, KEY, moment, value)
    one.remove(0, KEY, 200, "c")
    assert one.value(0, KEY, 201) == "b"
    one.remove(0, KEY, 101, "b")
    assert one.value(0, KEY, 201) is LATE
    one.add(0, KEY, 202, "d")
    assert one.value(0, KEY, 202) == "d"


@EACH
@settings(max_examples=10)
@given(steps=streams(), keep=KEEPS)
def test_removing_what_is_not_there(definition: Definition, steps: list[Step], keep: int) -> None:
    """Taking out what was never added, where that is known, changes no answer."""
    pair = Pair(definition, keep)
    for step in steps:
        pair.take(step)
        newest = pair.newest.get(step.key, step.moment)
        pair.windows.remove(0, step.key, newest + 1, 1)
        pair.windows.remove(0, ("unheard of",), step.moment, 1)


def test_calendar_is_needed_for_trading_days() -> None:
    """Trading days without a calendar are refused at once."""
    with pytest.raises(ValueError, match="calendar"):
        windows("trading_days", None)


@pytest.mark.parametrize(("digest", "within"), [(b"short", 1), (bytes(16), 0)])
def test_bad_definitions(digest: bytes, within: int) -> None:
    """A digest of another length and a window of no width are refused."""
    with pytest.raises(ValueError, match=r"16 bytes|wide"):
        Definition("count", digest, within)
