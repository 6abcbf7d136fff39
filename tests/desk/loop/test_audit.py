"""`record verify` finds permits, resolutions and findings that do not follow from the record."""

from __future__ import annotations

import base64
import datetime as dt
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vermilion.desk.audit import verify_book
from vermilion.desk.book import Book, make_book
from vermilion.rulebook import Engine, Profile
from vermilion.simulate import LoopConfig, MarketConfig

from ..samples import received, rule, rulebook
from .samples import HOUSE, at, causes, house, of, ordinary, price, resolution, sale, say, settle

Entry = tuple[str, dict[str, Any]]
Told = list[tuple[int | None, str]]

CAUSE = "c" * 32
OWN, DIGEST = "the book's own name", "the digest in force"
"""What stands for these until a book is made."""
ONE_DAY, MOST = 86_400, 43_200 * 60


def seconds(hours: float = 0) -> int:
    """Return the epoch second so many hours after noon."""
    return int(dt.datetime.fromisoformat(at(hours)).timestamp())


def judged(id: str = "p1", verdict: str | None = "allow", **changes: Any) -> Entry:
    """Return a judgement: of a proposed sale `deal` at noon unless told; `beside` is not the event's."""
    beside = changes.pop("beside", {})
    event = {"source": "//test", "id": id, "type": "sale", "stage": "proposed", "time": at()}
    ruling = {"rulebook": "xx", "digest": DIGEST, "as_of": "2026-03-10", "verdict": verdict}
    rulings = [] if verdict is None else [ruling]
    event |= {"subject": "deal"} | changes
    return "judgement", {"event": event, "rulings": rulings, **beside}


def resolved(id: str, effect: str = "frees", *by: str, hours: float = 1, **changes: Any) -> Entry:
    """Return a resolution of `p1`, a release by Olga unless told, as a judgement states it."""
    event = {key: changes.pop(key) for key in ("stage", "subject") if key in changes}
    said = {"effect": effect, "action": "release", "by": list(by or ["olga"])}
    said |= changes if "cause" in changes else {"event": ["//test", "p1"]} | changes
    envelope = {"type": "resolution", "stage": "settled", "source": "//officers", "subject": id}
    envelope |= {"time": at(hours)} | event
    return judged(id, "allow", beside={"resolution": said}, **envelope)


def permit(entry: int = 1, id: str = "p1", *resolutions: tuple[str, int], **changes: Any) -> Entry:
    """Return a permit of a proposal from noon for a day, or from the resolutions, an hour later."""
    nbf = seconds(1 if resolutions else 0)
    named = [{"source": "//officers", "id": one, "entry": index} for one, index in resolutions]
    event = {"source": "//test", "id": id, "entry": entry}
    said = {"event": event, "type": "sale", "subject": "deal", "key": "k", "resolutions": named}
    return "permit", {"permit": said | {"nbf": nbf, "exp": nbf + ONE_DAY} | changes}


def finding(about: str, **changes: Any) -> Entry:
    """Return a finding of the book's own on an event."""
    said = {"kind": "bypass", "about": of(about), "reasons": ["no_permit"]}
    envelope = {"id": f"bypass-{about}", "type": "finding", "stage": "settled", "source": OWN}
    return judged(verdict="deny", **envelope | {"beside": {"finding": said}} | changes)


def written(book: Path, *entries: Entry, profile: str = "{}", more: Sequence[Engine] = ()) -> Told:
    """Write entries behind activations, as nobody but a forger would; return what is told."""
    make_book(book, {"book.yaml": profile})
    with Book.open(book) as opened:
        engine = Engine(HOUSE, opened.profile)
        for each in (engine, *more):
            opened.activate(each)
        for kind, statement in entries:
            text = msgspec.json.encode(statement).decode().replace(DIGEST, engine.digest)
            text = text.replace(OWN, opened.keys.origin)
            opened.record.append(kind, text.encode(), (), {})
        opened.record.commit()
    return [(one.index, one.what) for one in verify_book(book).problems]


def one(told: Told, index: int, what: str) -> bool:
    """Tell whether exactly one thing is told, of that entry and in such words."""
    return len(told) == 1 and told[0][0] == index and what in told[0][1]


UNTIL = seconds(20)
HELD = judged(verdict="review")
FREED = [HELD, resolved("r1"), permit(1, "p1", ("r1", 2))]
FOR_CAUSE: dict[str, Any] = {"cause": CAUSE, "until": UNTIL}
WAITS = resolved("r1", "waits", **FOR_CAUSE)
OTHER: dict[str, Any] = {"of": [["//officers", "r1"]], "entries": [2]}
SECOND = resolved("r2", "frees", "olga", "ivan", **FOR_CAUSE, **OTHER)
BOTH = [("r1", 2), ("r2", 3)]
BY_TWO = [HELD, WAITS, SECOND, permit(1, "p1", *BOTH, exp=UNTIL)]
GONE = judged("w1", stage="withdrawn", time=at(0.5))
TOOK_PLACE = judged("s1", stage="settled", time=at(0.5))
ENDS = resolved("e1", "ends", stage="withdrawn", subject="r2", cause=CAUSE)


class TestRight:
    """What follows from what stands before it is not told of."""

    @pytest.mark.parametrize(
        "entries",
        [
            [judged(), permit()],
            [judged(), permit(), judged("p2", time=at(1)), permit(3, "p2", nbf=seconds(1))],
            [judged(verdict="condition"), permit(exp=seconds() + MOST)],
            FREED,
            BY_TWO,
            [HELD, resolved("r1", "stops", action="refuse")],
            [judged(verdict="deny"), resolved("r1", "stops", action="refuse")],
            [*BY_TWO, ENDS],
            [HELD, resolved("r1", "void", void=["nothing_held"])],
            [judged(), permit(), TOOK_PLACE, finding("s1"), finding("s1", id="another")],
            [judged(), permit(), finding("p1")],
            [finding("s1", source="//other", time=at(-1)), judged("y1", type="party")],
        ],
    )
    def test_nothing_is_told(self, tmp_path: Path, entries: list[Entry]) -> None:
        """So that what the others find is due to what they change."""
        assert written(tmp_path / "b", *entries) == []

    def test_a_simulated_week(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Permits, resolutions by two, releases of causes and bypasses of a week are as they must."""
        monkeypatch.syspath_prepend(Path(__file__).parents[3] / "benchmarks")
        live = __import__("week").live
        make_book(tmp_path / "b", {"book.yaml": "rulebooks: [cn, permits]\n"})
        market = MarketConfig(seed=5, events=800, days=7, violation_rate=40, withheld=40)
        live(tmp_path / "b", LoopConfig(market=market, bypasses=200, round_minutes=60))
        sys.modules.pop("week")
        found = verify_book(tmp_path / "b")
        assert (found.problems, found.entries > 1_500) == ((), True)

    def test_a_desk_with_two_people(self, tmp_path: Path) -> None:
        """A cause that two freed, its end, a refusal and a withdrawal, as the desk writes them."""
        with house(tmp_path / "b") as desk:
            ordinary(desk)
            say(desk, *(sale(f"p{n}", subject=f"d{n}", buyer="bob") for n in range(3)))
            (cause,) = causes(desk).values()
            first = resolution("r1", at(1), "olga", cause=cause, until=at(20))
            confirms = {"source": "//officers", "id": "r1"}
            say(desk, first, resolution("r2", at(2), "ivan", confirms=confirms))
            assert len(desk.permits) == 3
            say(desk, sale("p4", at(3), subject="d4", buyer="bob"))
            assert len(desk.permits) == 1
            end = resolution("e1", at(4), "olga", stage="withdrawn", cause=cause) | {
                "subject": "r2"
            }
            say(desk, end, sale("p5", at(5), subject="d5", buyer="bob"))
            assert desk.permits == []
            say(desk, sale("p6", at(6), subject="d6", price=price(1, "EUR")))
            say(desk, resolution("r6", at(7), "olga", event=of("p6"), action="refuse"))
            say(desk, sale("w1", at(8), subject="d1", stage="withdrawn"))
            say(desk, settle("s1", at(9), subject="d1"))
            assert len(desk.findings) == 1
        assert verify_book(tmp_path / "b").problems == ()


class TestPermits:
    """A permit that does not follow from the record."""

    @pytest.mark.parametrize(
        ("entries", "what"),
        [
            ([permit()], "nothing before proposes `deal`"),
            ([judged(stage="settled"), permit()], "nothing before proposes"),
            ([judged(), permit(subject="other")], "nothing before proposes `other`"),
            ([judged(), permit(type="loan")], "nothing before proposes"),
            ([judged(type="work"), permit(type="work")], "nothing before proposes"),
            ([judged(), permit(entry=0)], "the permit is for entry 0"),
            ([judged(), permit(id="p2")], "the permit is for entry 1"),
            ([judged(verdict="deny"), permit()], "is denied"),
            ([judged(), permit(), permit()], "has a permit already"),
            ([judged(verdict=None), permit()], "not judged by every rulebook in force"),
            ([judged(verdict="deny"), TOOK_PLACE, permit()], "took place before"),
            ([judged(), judged("p2"), permit()], "the last proposal of `deal` is entry 2"),
            ([judged(), GONE, permit()], "was withdrawn before"),
            ([HELD, TOOK_PLACE, permit()], "took place before"),
            ([HELD, resolved("r1", "stops", action="refuse"), permit()], "was refused before"),
            ([HELD, permit()], "names no resolution that frees it"),
            ([judged(), permit(exp=seconds())], "holds for 0 seconds"),
            ([judged(), permit(exp=seconds(-1))], "holds for -3600 seconds"),
            ([judged(), permit(exp=seconds() + MOST + 1)], "of at most 2592000"),
            ([judged(), permit(nbf=seconds(-1), exp=seconds(2))], "the permit begins at"),
            ([judged(), permit(nbf=seconds(1))], "the permit begins at"),
            ([*FREED[:2], permit(1, "p1", ("r1", 2), nbf=seconds())], "the permit begins at"),
            ([*BY_TWO[:3], permit(1, "p1", *BOTH, exp=UNTIL + 1)], "outlasts a resolution"),
            ([*BY_TWO[:3], permit(1, "p1", BOTH[1], exp=UNTIL)], "leaves out entry 2"),
        ],
    )
    def test_is_told(self, tmp_path: Path, entries: list[Entry], what: str) -> None:
        """Once, with the permit's entry."""
        assert one(written(tmp_path / "b", *entries), len(entries), what)

    @pytest.mark.parametrize(
        "before",
        [
            [HELD, judged("s2", subject="d2")],
            [HELD, resolved("r1", "waits")],
            [HELD, resolved("r1", "void", void=["party_to_event"])],
            [HELD, resolved("r1", "stops", action="refuse", cause=CAUSE, until=UNTIL)],
            [judged("p2", "review", subject="d2"), resolved("r1", event=["//test", "p2"]), HELD],
        ],
    )
    def test_a_resolution_that_does_not_free_it_is_told(
        self, tmp_path: Path, before: list[Entry]
    ) -> None:
        """Another event, or a resolution that waits, is void, stops, or is for another event."""
        entry = before.index(HELD) + 1
        freed = permit(entry, "p1", ("r1", 2), nbf=seconds())
        told = written(tmp_path / "b", *before, freed, profile="two_people: []")
        assert [index for index, _ in told] == [len(before) + 1] * 2
        assert "names no resolution that frees it" in told[0][1]
        assert "rests on entry 2, which is no resolution" in told[1][1]

    def test_a_resolution_under_another_name_is_told(self, tmp_path: Path) -> None:
        """Entry and name must be of one resolution."""
        forged = permit(1, "p1", ("other", 2), nbf=seconds())
        told = written(tmp_path / "b", *FREED[:2], forged)
        assert "rests on entry 2, which is no resolution" in told[-1][1]

    def test_a_judgement_by_some_rulebooks_only_is_told(self, tmp_path: Path) -> None:
        """What another rulebook in force might deny has no permit."""
        other = Engine(
            rulebook(rule("XX-B", "loan", "len(borrower.lists_hit) > 0"), id="yy"), Profile()
        )
        told = written(tmp_path / "b", judged(), permit(2), more=[other])
        assert one(told, 3, "not judged by every rulebook in force")

    def test_one_that_was_ended_is_told(self, tmp_path: Path) -> None:
        """What was withdrawn frees nothing that comes later."""
        late = judged("p9", "review", subject="d9")
        named = permit(6, "p9", *BOTH, subject="d9", exp=UNTIL)
        assert written(tmp_path / "a", *BY_TWO, GONE, late, named) == []
        told = written(tmp_path / "b", *BY_TWO, ENDS, late, named)
        assert {index for index, _ in told} == {7}
        assert "names no resolution that frees it" in told[0][1]


def second(*by: str, **changes: Any) -> Entry:
    """Return what completes `r1` of entry 2, by Olga and Ivan unless told."""
    return resolved("r2", "frees", *(by or ("olga", "ivan")), **FOR_CAUSE | OTHER | changes)


BARE = judged("r1", type="resolution", stage="settled", source="//officers")
EFFECT = {"effect": "frees", "action": "release", "by": ["olga"], "event": ["//test", "p1"]}
VOID: dict[str, Any] = {"void": ["same_person"]}
WAIT_VOID = resolved("r1", "void", **FOR_CAUSE, **VOID)
OFFICERS = '{"officers": [{"id": "ivan"}, {"id": "olga", "may": ["refuse", "override"]}]}'


class TestResolutions:
    """A resolution whose effect does not follow from the record."""

    @pytest.mark.parametrize(
        ("entries", "what"),
        [
            ([BARE], "does not state what it does"),
            ([judged(beside={"resolution": EFFECT})], "an event of type `sale` states what"),
            ([HELD, resolved("r1", "void")], "void without a reason"),
            ([HELD, resolved("r1", **VOID)], "not void in spite of one"),
            ([HELD, WAITS, resolved("r2", "void", **VOID, **OTHER)], "completes another"),
            ([HELD, resolved("r1", **FOR_CAUSE)], "takes two people"),
            ([HELD, resolved("r1", action="override")], "takes two people"),
            ([HELD, judged("p2", subject="d2"), second()], "does not wait for a second person"),
            ([HELD, WAIT_VOID, second()], "does not wait for a second person"),
            ([HELD, WAITS, second(), second()], "does not wait for a second person"),
            ([HELD, WAITS, second(entries=[1])], "does not wait for a second person"),
            ([HELD, WAITS, second(of=[["//officers", "r0"]])], "does not wait for a second person"),
            ([HELD, WAITS, second(of=OTHER["of"] * 2)], "does not wait for a second person"),
            ([HELD, WAITS, second(action="override")], "says or is for something else"),
            ([HELD, WAITS, second(cause="d" * 32)], "says or is for something else"),
            ([HELD, WAITS, second(until=UNTIL + 1)], "says or is for something else"),
            ([HELD, WAITS, second("olga", "olga")], "`olga` completes what the same person began"),
            ([HELD, WAITS, second("ivan")], "does not name the first person"),
            ([HELD, WAITS, second("eve", "ivan")], "does not name the first person"),
            ([HELD, resolved("r1", stage="proposed")], "without being settled"),
            ([HELD, resolved("r1", action="refuse")], "a resolution to refuse frees"),
            ([HELD, resolved("r1", "stops")], "a resolution to release stops"),
            ([HELD, resolved("r1", event=None)], "not for either an event or a cause"),
            ([HELD, resolved("r1", "waits", cause=CAUSE)], "for a cause and has no end"),
            ([HELD, resolved("r1", until=seconds(1))], "had ended when it was made"),
            ([judged(), resolved("r1")], "for `p1`, which is not held"),
            ([*FREED, resolved("r2")], "for `p1`, which is not held"),
            ([HELD, GONE, resolved("r1")], "for `p1`, which is not held"),
            ([HELD, resolved("r1", hours=-1)], "dated before the proposal"),
            ([judged(verdict="deny"), resolved("r1")], "for `p1`, which is denied"),
            ([*BY_TWO, ENDS, ENDS], "ends `r2`, which neither stands nor waits"),
            ([HELD, WAITS, resolved("e1", "ends", stage="withdrawn", subject="r1")], "ends `r1`"),
            ([*BY_TWO, resolved("r2", "ends", cause=CAUSE)], "without being a withdrawal"),
        ],
    )
    def test_is_told(self, tmp_path: Path, entries: list[Entry], what: str) -> None:
        """Once, with the resolution's entry."""
        assert one(written(tmp_path / "b", *entries), len(entries), what)

    @pytest.mark.parametrize(
        ("by", "changes", "what"),
        [
            ("ivan", {}, ""),
            ("olga", {"action": "refuse"}, ""),
            ("eve", {}, "`eve` is no officer"),
            ("olga", {}, "`olga` may not do this"),
            ("olga", {"action": "refuse"} | FOR_CAUSE, "`olga` may not do this"),
        ],
    )
    def test_officers_of_the_profile_that_judged_it(
        self, tmp_path: Path, by: str, changes: dict[str, Any], what: str
    ) -> None:
        """Where officers are named, only they resolve, and what each may."""
        effect = "waits" if "cause" in changes else "stops" if changes else "frees"
        told = written(
            tmp_path / "b", HELD, resolved("r1", effect, by, **changes), profile=OFFICERS
        )
        assert one(told, 2, what) if what else told == []

    def test_two_names_with_one_key_are_one_person(self, tmp_path: Path) -> None:
        """Who confirms under another id with the same key confirms an own resolution."""
        key = base64.b64encode(b"k" * 32).decode()
        officers = [{"id": "olga", "key": key}, {"id": "ivan", "key": key}]
        profile = msgspec.json.encode({"officers": officers}).decode()
        told = written(tmp_path / "b", HELD, WAITS, second(), profile=profile)
        assert one(told, 3, "`ivan` completes what the same person began")

    @pytest.mark.parametrize("waits_only", [True, False])
    def test_who_ends_one_may_make_one(self, tmp_path: Path, waits_only: bool) -> None:
        """A resolution is withdrawn by whoever may do what it does, for a cause."""
        profile = '{"officers": [{"id": "olga"}, {"id": "ivan", "may": ["release"]}]}'
        ends: dict[str, Any] = {"stage": "withdrawn", "subject": "r1"}
        ends |= {"of": OTHER["of"]} if waits_only else {"cause": CAUSE}
        standing = [] if waits_only else [second("olga", "olga2")]
        profile = profile.replace("]}]", ']}, {"id": "olga2"}]')
        before = [HELD, WAITS, *standing]
        by_olga, by_ivan = (resolved("e1", "ends", by, **ends) for by in ("olga", "ivan"))
        assert written(tmp_path / "a", *before, by_olga, profile=profile) == []
        told = written(tmp_path / "b", *before, by_ivan, profile=profile)
        assert one(told, len(before) + 1, "`ivan` may not do this")

    def test_the_strictest_profile_in_force_counts(self, tmp_path: Path) -> None:
        """Also that of a rulebook which did not judge the resolution."""
        other = rulebook(rule("XX-B", "loan", "len(borrower.lists_hit) > 0"), id="yy")
        more = [Engine(other, Profile(two_people=["release"]))]
        told = written(tmp_path / "b", HELD, resolved("r1"), more=more, profile="two_people: []")
        assert one(told, 3, "takes two people")

    def test_a_withdrawn_first_resolution_is_not_completed(self, tmp_path: Path) -> None:
        """What waits can be withdrawn, and waits no longer."""
        end = resolved("e1", "ends", stage="withdrawn", subject="r1", of=OTHER["of"])
        assert written(tmp_path / "a", HELD, WAITS, end) == []
        told = written(tmp_path / "b", HELD, WAITS, end, second())
        assert one(told, 4, "does not wait for a second person")


class TestFindings:
    """A finding in the book's own name that does not lie after what it is about."""

    @pytest.mark.parametrize(
        ("entries", "what"),
        [
            ([finding("s1")], "directly after the entry"),
            ([TOOK_PLACE, judged("p2", subject="d2"), finding("s1")], "directly after the entry"),
            ([*FREED[:2], FREED[2], finding("r1")], "directly after the entry"),
            ([TOOK_PLACE, finding("s2")], "directly after the entry"),
            ([TOOK_PLACE, finding("s1", beside={})], "in the book's own name is no finding"),
            ([judged(source=OWN)], "in the book's own name is no finding"),
        ],
    )
    def test_is_told(self, tmp_path: Path, entries: list[Entry], what: str) -> None:
        """Once, with the finding's entry."""
        assert one(written(tmp_path / "b", *entries), len(entries), what)


@pytest.mark.parametrize(
    "entry",
    [
        ("permit", {"permit": 1}),
        ("judgement", {}),
        judged(verdict="perhaps"),
        judged(time="2026-03-10T12:00:00"),
        ("activation", {"digest": "x"}),
    ],
)
def test_a_statement_of_another_shape_is_told(tmp_path: Path, entry: Entry) -> None:
    """What cannot be read cannot be checked, and is a problem of its own."""
    assert one(written(tmp_path / "b", entry), 1, "not that of an entry of kind")


STEP = st.tuples(
    st.sampled_from(["proposed", "proposed", "settled", "withdrawn", "cause", "event", "end"]),
    st.integers(0, 3),
    st.sampled_from(["CNY", "USD", "USD", "EUR"]),
    st.sampled_from(["release", "refuse", "override"]),
    st.integers(-2, 30),
)
ANSWERED_EARLIER = [
    ("proposed", 0, "CNY", "release", 0),
    ("proposed", 0, "CNY", "release", 0),
    ("proposed", 1, "CNY", "release", 2),
    ("cause", 0, "CNY", "release", 1),
    ("proposed", 0, "CNY", "release", 0),
    ("proposed", 0, "CNY", "release", 0),
    ("cause", 0, "CNY", "release", 0),
    ("end", 0, "CNY", "release", 0),
]
"""A cause is answered, answered again with an earlier date, and the first answer is ended."""


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(STEP, max_size=25), st.booleans())
@example(ANSWERED_EARLIER, False)
def test_nothing_that_a_desk_writes_is_told(
    tmp_path_factory: Any, steps: list[Any], two: bool
) -> None:
    """Whatever is proposed, answered, ended and settled in whatever order verifies."""
    folder = tmp_path_factory.mktemp("b") / "b"
    profile = {"two_people": ["cause", "release"] if two else []}
    with house(folder, **profile) as desk:
        ordinary(desk)
        for number, (step, deal, currency, action, hour) in enumerate(steps):
            id, moment, by = f"e{number}", at(hour), f"officer{number % 3}"
            waiting = next(desk.book.loop.rows.unconfirmed(), None)
            answer: dict[str, Any] = {"action": action}
            if waiting is not None and deal:
                source, first = waiting.answer.names[-1]
                answer["confirms"] = {"source": source, "id": first}
            elif step == "cause" and causes(desk):
                answer |= {"cause": min(causes(desk).values()), "until": at(hour + 9)}
            else:
                answer["event"] = of(f"e{max(number - 1 - deal, 0)}")
            if step in {"cause", "event"}:
                made = resolution(id, moment, by, **answer)
            elif step == "end":
                end = {"stage": "withdrawn", **answer}
                made = resolution(id, moment, by, **end) | {"subject": f"e{number // 2}"}
            else:
                facts = {"stage": step, "subject": f"d{deal}", "price": price(5, currency)}
                made = sale(id, moment, buyer="bob" if deal else "ann", **facts)
            desk.submit([received(made)])
    assert verify_book(folder).problems == ()
