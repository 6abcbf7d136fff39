"""Random streams of what happens to windows, and the comparison with the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

from hypothesis import strategies as st

from vermilion.features import LATE, Definition, Function, Key, Scalar, Windows

from .reference import Reference, Weeks

FUNCTIONS: tuple[Function, ...] = get_args(Function)
WIDTHS = (1, 5, 40, None)
SECRET = b"secret of the tests"
HUGE = 10**40
"""Beyond 64 and 128 bits, as sums in the smallest unit of a currency may be."""

DEFINITIONS = [
    Definition(function, bytes((place, width or 0)) + bytes(14), width)
    for place, function in enumerate(FUNCTIONS)
    for width in WIDTHS
]
TEXTUAL = ("distinct", "first", "last")


class Step(NamedTuple):
    """One thing that happens: `flush` writes rows, `forget` begins anew from them."""

    act: Literal["ask", "event", "remove", "flush", "forget"]
    key: Key
    moment: int
    number: int | None
    place: int


class Rows(dict[bytes, bytes]):
    """A place for rows."""

    def write(self, windows: Windows) -> None:
        for id, raw in windows.changed():
            if raw is None:
                self.pop(id, None)
            else:
                self[id] = raw
        windows.stored()


KEYS = st.sampled_from([("hot",), ("hot",), ("hot",), ("cold", 7)])
NUMBERS = st.none() | st.integers(-3, 3) | st.sampled_from([HUGE, -HUGE, 2**63, 2**64])


@st.composite
def streams(draw: st.DrawFn, *, in_order: bool = False, removing: bool = True) -> list[Step]:
    """Draw steps whose time mostly goes on, and sometimes stands, jumps ahead or goes back."""
    acts = ["event"] * 5 + ["ask"] * 2 + ["flush", "forget"] + ["remove"] * (2 * removing)
    back = [] if in_order else [-1, -6, -30, -90]
    strides = st.sampled_from([0, 0, 0, 1, 1, 2, 3, 5, 6, 20, 41, 100, *back])
    moment, steps = draw(st.sampled_from([-20, 1000])), []
    shape = st.tuples(st.sampled_from(acts), KEYS, strides, NUMBERS, st.integers(0, 30))
    for act, key, stride, number, place in draw(st.lists(shape, max_size=60)):
        moment += stride
        steps.append(Step(act, key, moment, number, place))
    return steps


def value_for(function: Function, number: int | None) -> Scalar | None:
    """Return a value that the function takes: text for some where the number is odd."""
    if function in TEXTUAL and number is not None and number % 2:
        return f"value {number}"
    return number


class Pair:
    """One definition in windows and in the reference, and how far the two are comparable."""

    def __init__(
        self,
        definition: Definition,
        keep: int,
        max_keys: int = 10,
        reference: type[Reference] = Reference,
    ) -> None:
        self.definition, self.keep, self.max_keys = definition, keep, max_keys
        self.rows = Rows()
        self.reference = reference(definition, Weeks())
        self.newest: dict[Key, int] = {}
        self.shaken: set[Key] = set()
        self.added: list[tuple[Key, int, Scalar | None]] = []
        self.late = 0
        self.begin()

    def begin(self) -> None:
        """Make windows that know the rows only."""
        self.windows = Windows(
            [self.definition],
            secret=SECRET,
            load=self.rows.get,
            calendar=Weeks(),
            keep=self.keep,
            max_keys=self.max_keys,
        )

    def take(self, step: Step) -> None:
        """Let a step happen to both."""
        value = value_for(self.definition.function, step.number)
        match step.act:
            case "ask":
                self.ask(step.key, step.moment, value)
            case "event":
                self.ask(step.key, step.moment, None)
                self.ask(step.key, step.moment, value)
                self.add(step.key, step.moment, value)
            case "remove" if self.added:
                self.remove(*self.added.pop(step.place % len(self.added)))
            case "flush":
                self.rows.write(self.windows)
            case "forget":
                self.rows.write(self.windows)
                self.begin()

    def add(self, key: Key, moment: int, value: Scalar | None) -> None:
        self.windows.add(0, key, moment, value)
        self.reference.add(key, moment, value)
        self.newest[key] = max(moment, self.newest.get(key, moment))
        self.added.append((key, moment, value))

    def remove(self, key: Key, moment: int, value: Scalar | None) -> None:
        self.windows.remove(0, key, moment, value)
        self.reference.remove(key, moment, value)
        if moment < self.newest[key] - self.keep:
            self.shaken.add(key)

    def ask(self, key: Key, moment: int, including: Scalar | None) -> None:
        """Ask both, and compare: equal, or late where that is allowed."""
        found = self.windows.value(0, key, moment, including=including)
        if found is LATE:
            self.late += 1
            assert self.may_be_late(key, moment), (self.definition, key, moment)
        else:
            wanted = self.reference.value(key, moment, including)
            assert found == wanted, (self.definition, key, moment, including)

    def may_be_late(self, key: Key, moment: int) -> bool:
        """Say whether a question needs what may be let go.

        Either it lies more than `keep` before the newest contribution of its key, or all time was
        asked after a contribution that old was taken out.
        """
        if moment < self.newest.get(key, moment) - self.keep:
            return True
        return self.definition.within is None and key in self.shaken


def run(definition: Definition, steps: Sequence[Step], keep: int, **options: Any) -> Pair:
    """Let all steps happen, comparing as they go."""
    pair = Pair(definition, keep, **options)
    for step in steps:
        pair.take(step)
    return pair
