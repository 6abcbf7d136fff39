"""Windows as rows: what is written, read back, forgotten and found damaged."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.errors import StorageError
from vermilion.features import LATE, Definition, Windows
from vermilion.features import windows as kept
from vermilion.features.ids import RowIds, ValueDigests
from vermilion.features.packing import narrow, pack, widen

from .reference import Weeks
from .streams import DEFINITIONS, HUGE, SECRET, Rows, value_for

KEY = ("party-77812", 5)


def windows(rows: Rows, **options: Any) -> Windows:
    """Return windows of all definitions over rows."""
    return Windows(DEFINITIONS, secret=SECRET, load=rows.get, calendar=Weeks(), keep=10, **options)


def fill(
    made: Windows, moments: range = range(0, 100, 3), key: tuple[str | int, ...] = KEY
) -> None:
    """Add a contribution to every window at some moments."""
    for index, definition in enumerate(DEFINITIONS):
        for moment in moments:
            made.add(index, key, moment, value_for(definition.function, moment % 5))


def answers(made: Windows, moment: int = 99) -> list[Any]:
    """Return what every window answers."""
    return [made.value(index, KEY, moment) for index in range(len(DEFINITIONS))]


def test_rows_hold_no_content() -> None:
    """Neither ids of keys nor values of `distinct` stand in rows."""
    rows = Rows()
    made = Windows([Definition("distinct", bytes(16), None)], secret=SECRET, load=rows.get)
    made.add(0, KEY, 100, "collectible-4711")
    rows.write(made)
    (id, raw) = next(iter(rows.items()))
    assert len(id) == 16
    assert b"77812" not in id + raw
    assert b"4711" not in raw


def test_another_secret_finds_no_rows() -> None:
    """Row ids depend on the secret, the definition and the key."""
    ids = {
        RowIds(secret, definition).of(key)
        for secret in (b"a", b"b")
        for definition in (bytes(16), bytes(15) + b"1")
        for key in (("1",), (1,), ("1", 1), (HUGE,), (str(HUGE),))
    }
    assert len(ids) == 20


def test_only_changes_are_written() -> None:
    """A row is given until it is stored, and then not before it changes."""
    rows = Rows()
    made = windows(rows)
    fill(made)
    first = dict(made.changed())
    assert dict(made.changed()) == first
    made.stored()
    answers(made)
    assert dict(made.changed()) == {}
    made.add(0, KEY, 99, 1)
    assert len(dict(made.changed())) == 1


def test_what_changes_after_it_was_given_is_given_again() -> None:
    """A change between `changed` and `stored` is not lost."""
    rows = Rows()
    made = windows(rows, max_keys=0)
    made.add(0, KEY, 100, None)
    given_rows = {id: raw for id, raw in made.changed() if raw is not None}
    made.add(0, KEY, 101, None)
    rows.update(given_rows)
    made.stored()
    rows.write(made)
    assert windows(rows).value(0, KEY, 101) == 1


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 6), st.booleans()), max_size=40))
def test_rows_are_given_as_they_were_when_asked_for(
    steps: list[tuple[int, int, bool]],
) -> None:
    """What changes while rows are given, before or after its own, is in none and given again."""
    slow, quick, rows = windows({}), windows({}), {}
    for made in (slow, quick):
        for number in range(4):
            fill(made, range(100, 103), (number,))
    asked = slow.changed()
    expected = dict(quick.changed())
    quick.stored()
    for key, gives, more in steps:
        rows |= dict(islice(asked, gives))
        for made in (slow, quick):
            if more:
                fill(made, range(103, 104), (key,))
            else:
                made.remove(0, (key,), 101, None)
    assert rows | dict(asked) == expected
    slow.stored()
    assert dict(slow.changed()) == dict(quick.changed())


def test_what_was_asked_for_in_vain_is_asked_for_again() -> None:
    """Where rows are given up half way, the next ones are whole, and as they are then."""
    slow, quick = windows({}), windows({})
    for made in (slow, quick):
        fill(made)
    next(slow.changed())
    for made in (slow, quick):
        fill(made, range(100, 103), ("other",))
        fill(made, range(100, 103))
    assert dict(slow.changed()) == dict(quick.changed())


def test_rows_do_not_depend_on_questions() -> None:
    """The same contributions give the same bytes, whatever was asked between them."""
    quiet, asked = windows(Rows()), windows(Rows())
    for start in range(0, 90, 10):
        fill(quiet, range(start, start + 10, 3))
        fill(asked, range(start, start + 10, 3))
        for moment in (start, start - 5, start + 40):
            answers(asked, moment)
    assert dict(quiet.changed()) == dict(asked.changed())


def test_a_state_as_new_is_deleted() -> None:
    """When all contributions are taken out before any was let go, the row goes, too."""
    rows = Rows()
    made = windows(rows)
    one = next(i for i, one in enumerate(DEFINITIONS) if one.function == "last" and one.within)
    made.add(one, KEY, 100, "a")
    rows.write(made)
    assert len(rows) == 1
    made.remove(one, KEY, 100, "a")
    rows.write(made)
    assert rows == {}


def test_only_stored_states_are_forgotten() -> None:
    """Memory is brought down to the limit by what is stored; what is not stays."""
    rows = Rows()
    made = Windows(DEFINITIONS[:1], secret=SECRET, load=rows.get, max_keys=3)
    for number in range(10):
        made.add(0, (number,), 100, None)
    made.stored()
    assert len(made._held[0]) == 10
    rows.write(made)
    assert len(made._held[0]) == 3
    assert list(made._held[0])[-1] in {(number,) for number in range(10)}
    assert [made.value(0, (number,), 100) for number in range(10)] == [1] * 10


def test_states_are_forgotten_a_few_at_a_time() -> None:
    """Nobody has to wait for all of them; what changed meanwhile stays."""
    rows = Rows()
    ever = [one for one in DEFINITIONS if (one.function, one.within) == ("count", None)]
    made = Windows(ever, secret=SECRET, load=rows.get, max_keys=3)
    for number in range(10):
        made.add(0, (number,), 100, None)
    rows.update({id: raw for id, raw in made.changed() if raw is not None})
    assert [made.stored(4), len(made._held[0])] == [False, 6]
    for number in range(10):
        made.add(0, (number,), 101, None)
    assert [made.stored(4), len(made._held[0])] == [True, 10]
    rows.write(made)
    assert len(made._held[0]) == 3
    assert [made.value(0, (number,), 101) for number in range(10)] == [2] * 10


@pytest.mark.parametrize("bits", [2**3, 2**24])
def test_what_left_memory_is_read_again(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    """Where nothing was stored before, rows are asked for what left memory, and for nothing new."""
    monkeypatch.setattr(kept, "LEFT_BITS", bits)
    rows, asked = Rows(), []

    def load(id: bytes) -> bytes | None:
        asked.append(id)
        return rows.get(id)

    ever = [one for one in DEFINITIONS if (one.function, one.within) == ("count", None)]
    made = Windows(ever, secret=SECRET, load=load, max_keys=3)
    made.nothing_stored()
    for number in range(10):
        made.add(0, (number,), 100, None)
    assert asked == []
    rows.write(made)
    assert [made.value(0, (number,), 100) for number in range(10)] == [1] * 10
    for number in range(10):
        made.add(0, (number,), 101, None)
    rows.write(made)
    assert [made.value(0, (number,), 101) for number in range(10)] == [2] * 10


def test_without_load_nothing_is_forgotten() -> None:
    """Windows that cannot read rows keep every state."""
    made = Windows(DEFINITIONS[:1], secret=SECRET, max_keys=0)
    made.add(0, KEY, 100, None)
    list(made.changed())
    made.stored()
    assert made.value(0, KEY, 100) == 1


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_damage_is_found(place: int, flip: int) -> None:
    """A row in which one byte differs is refused, whichever it is."""
    rows = Rows()
    made = windows(rows)
    fill(made)
    rows.write(made)
    for index in range(0, len(DEFINITIONS), 4):
        id = RowIds(SECRET, DEFINITIONS[index].digest).of(KEY)
        raw = bytearray(rows[id])
        raw[place % len(raw)] ^= flip
        changed = Rows({id: bytes(raw)})
        with pytest.raises(StorageError) as caught:
            windows(changed).value(index, KEY, 100)
        assert caught.value.code == "state_damaged"


@pytest.mark.parametrize("raw", [b"", b"\x01", b"\x02rest of it", pack([None, 0, [1, 2], []])])
def test_what_is_no_row_is_refused(raw: bytes) -> None:
    """Short rows, other versions and other contents are damage, not a crash."""
    for index in range(len(DEFINITIONS)):
        made = Windows(DEFINITIONS, secret=SECRET, load=lambda _: raw, calendar=Weeks())
        with pytest.raises(StorageError):
            made.add(index, KEY, 100, 1)


@given(st.integers(-HUGE, HUGE) | st.sampled_from([2**63, 2**64, -(2**63) - 1]) | st.text())
def test_large_integers_keep_their_value(value: int | str) -> None:
    """Integers of any size come back as they were."""
    assert widen(narrow(value)) == value


def test_remembered_digests_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgetting digests changes none of them."""
    monkeypatch.setattr("vermilion.features.ids.REMEMBERED", 2)
    digests = ValueDigests(SECRET)
    first = [digests[text] for text in "abcde"]
    assert len(digests) <= 2
    assert [digests[text] for text in "abcde"] == first
    assert LATE not in first
