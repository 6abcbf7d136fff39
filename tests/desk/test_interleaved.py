"""Whatever is in flight, evicted or lost in a crash: no answer differs, nothing is lost or doubled."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.desk.book import Book
from vermilion.desk.desk import Answer, Conflict, Desk, Duplicate, Refused, Sealed
from vermilion.desk.history import History
from vermilion.desk.loop.rows import business_of
from vermilion.errors import StorageError
from vermilion.features import Windows, windows
from vermilion.intake import Received
from vermilion.record import Record
from vermilion.rulebook import Engine
from vermilion.store import WITHDRAWN, Place, State, index, state, timeline, writer
from vermilion.store.writer import Writer

from .loop.samples import POLICY, of, resolution
from .samples import desk_in, event, party, received, rule, rulebook, window
from .test_history import check, logical
from .test_windows import WINDOWS

PRICE = {"value": 'amount(price, "CNY")'}
RULES = rulebook(
    rule(
        "XX-ALL",
        "sale",
        "windows.bought > 3 or windows.spent > 500 or windows.paid > 900 or windows.lowest > 900"
        " or windows.buyers > 100 or windows.held < 60 or windows.highest > 900"
        " or windows.offered > 900 or windows.times > 9 or windows.days < 1",
        verdict="condition",
        on_missing="condition",
    ),
    rule("XX-KYC", "sale", 'buyer.kyc.status == "none"', verdict="condition"),
    rule("XX-LOOK", "sale", 'price.currency == "USD"', verdict="review", citations=[POLICY]),
    rule("XX-BYPASS", "finding", 'any(r != "serial_gap" for r in reasons)', citations=[POLICY]),
    windows=WINDOWS
    | {
        "highest": window("max", "sale", "token.series", **PRICE),
        "offered": window("first", "sale", "event.subject", each="event", **PRICE),
        "times": window("count", "sale", "event.subject", each="event"),
        "days": window(
            "trading_days", "sale", "buyer.id token.series", asked_by=["seller.id", "token.series"]
        ),
    },
)
"""Windows of most kinds, over few keys; dollars are held, and what settles all the same is found."""

WORTH = 6
"""Rows of the state, and entries of the index, for which a write is begun."""

KINDS = ["settled"] * 10 + ["withdrawn"] * 5 + ["proposed", "held", "again", "other"] * 2
KINDS += ["party"] * 4 + ["release", "refused"]
STATUS = ["none", "verified", "pending", "failed"]
WAITS = [0, 0, 0, 1, 50, 20_000, 100_000, 800_000, -1, -5_000, -300_000]
DEATHS = ["between", "unrecorded", "recorded", "writing", "committed", "settling", "reopening"]
ACTS = ["write"] * 26 + ["nothing", "flush", "fail", "look", "between", "between", *DEATHS]

Told = tuple[str, bytes]
"""What kind of answer it is, and its bytes."""


class Move(NamedTuple):
    """One event of a history; what its kind does not need is ignored."""

    kind: str
    business: int
    who: int
    token: int
    wait: int
    fen: int


class Round(NamedTuple):
    """A group of events, what is done with them or after them, and how often."""

    moves: list[Move]
    act: str
    times: int


def round_of(seed: int) -> Round:
    """Return a round by chance: hypothesis leaves rounds out, but would seldom fill them."""
    chance = random.Random(seed)
    moves = [
        Move(
            chance.choice(KINDS),
            chance.randrange(6),
            chance.randrange(4),
            chance.randrange(4),
            chance.choice(WAITS),
            chance.randrange(1, 5),
        )
        for _ in range(chance.randrange(1, 5))
    ]
    return Round(moves, chance.choice(ACTS), chance.randrange(1, 9))


def events(moves: Sequence[Move]) -> list[Received]:
    """Return the events of a history: most in order of time, and some late."""
    clock = dt.datetime(2026, 3, 2, 4, tzinfo=dt.UTC)
    made: list[dict[str, Any]] = []
    for number, one in enumerate(moves):
        clock += dt.timedelta(seconds=max(one.wait, 0))
        time = (clock + dt.timedelta(seconds=min(one.wait, 0))).isoformat()
        earlier = made[-1 - one.business * one.who % len(made)] if made else None
        match one.kind:
            case "party":
                facts = {"identity": f"cn:id:{one.token}", "kyc": {"status": STATUS[one.fen - 1]}}
                line = party(f"b{one.who}", time, number=number, **facts)
            case "again" if earlier is not None:
                line = earlier
            case "other" if earlier is not None:
                line = earlier | {"time": (clock - dt.timedelta(days=9)).isoformat()}
            case "release" if earlier is not None:
                line = resolution(f"r{number}", time, "carl", event=of(earlier["id"]))
            case "refused":
                line = traded(number, "9000-01-01T00:00:00Z", one)
            case _:
                line = traded(number, time, one)
        made.append(line)
    return [received(line) for line in made]


def traded(number: int, time: str, one: Move) -> dict[str, Any]:
    """Return a sale of one of a few businesses, which it corrects or withdraws if there was one."""
    stages = {"withdrawn": "withdrawn", "proposed": "proposed", "held": "proposed"}
    return event(
        "sale",
        f"e{number}",
        time,
        stage=stages.get(one.kind, "settled"),
        subject=f"s{one.business}",
        token=f"t{one.token}",
        price={"amount": 100 * one.fen, "currency": "USD" if one.kind == "held" else "CNY"},
        parties={"buyer": f"b{one.who}", "seller": f"b{(one.who + 1) % 4}"},
    )


def told(desk: Desk, answer: Answer) -> Told:
    """Return what is told of an event: its decisions and entry, or why there are none."""
    match answer:
        case Sealed(judged, entry) | Duplicate(judged, entry):
            said = b"".join([*desk.decisions(judged), b"%d" % entry])
        case Conflict():
            said = b""
        case Refused(_, error):
            said = error.code.encode()
    return type(answer).__name__, said


def recorded(book: Book) -> dict[int, object]:
    """Return what the record holds, opened: judgements, findings and permits."""
    return {
        entry.index: (entry.envelope.kind, bytes(entry.envelope.statement), entry.contents)
        for entry in book.record.entries()
    }


def state_of(folder: Path) -> dict[str, Any]:
    """Return what the state of a closed book holds, by table."""
    with closing(sqlite3.connect(folder / "state.db")) as database:
        return {
            table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr)
            for table in state._TABLES
        }


def differing(one: dict[Any, Any], other: dict[Any, Any]) -> list[Any]:
    """Return under what names something differs: pytest would take minutes to say how."""
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]


class Undisturbed(NamedTuple):
    """What a desk tells and leaves that never died, evicted or wrote before its end.

    Of its state that is what says nothing of places, which differ with the groups of the record.
    """

    told: list[Told]
    recorded: dict[int, object]
    counted: dict[str, Any]


def undisturbed(folder: Path, engine: Engine, given: Sequence[Received]) -> Undisturbed:
    """Give a fresh book all events in one go."""
    with Book.open(folder) as book:
        book.activate(engine)
        desk = Desk(book, [engine])
        answers = [told(desk, one) for one in desk.submit(given)]
        record = recorded(book)
    left = state_of(folder)
    return Undisturbed(answers, record, {table: left[table] for table in ("window", "row")})


class DiedError(Exception):
    """The process ended."""


class Watched:
    """A thread's connection, which tells of the moment before its commit."""

    def __init__(self, database: sqlite3.Connection, life: Life) -> None:
        self._db = database
        self._life = life

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def execute(self, query: str, *values: Any) -> sqlite3.Cursor:
        """Execute a statement."""
        if query == "COMMIT":
            self._life.passing_in_thread("writing")
        return self._db.execute(query, *values)


def in_thread(writer: Writer, do: Callable[[], object]) -> None:
    """Do something in the thread of a writer, after what it has to do."""
    with suppress(RuntimeError):  # a writer that is closed has nothing to do
        writer._thread.submit(do).result()


class Life:
    """A desk and its index, which write, evict and die; `reached` counts what came about."""

    def __init__(self, folder: Path, engine: Engine, kept: int, reached: Counter[str]) -> None:
        self.folder = folder
        self.engine = engine
        self.kept = kept
        self.reached = reached
        self.lives = 1
        self.armed: tuple[str, int] | None = None
        """Where to die, and how many times it is passed by before."""
        self.dead: str | None = None
        """Where it died in a thread."""
        self.begun: dict[bytes, Place] = {}
        """Businesses that the write under way was begun with."""
        self.until = 0
        """Entries of the record that it makes durable."""
        self.changed: set[object] = set()
        """States of windows that changed since then."""
        self.open()

    def open(self) -> None:
        """Open what lies in the folder as the served desk does, with next to no memory."""
        self.book = Book.open(self.folder)
        self.book.keys.most = 2
        self.book.activate(self.engine)
        self.desk = Desk(self.book, [self.engine])
        self.desk.keep(windows=self.kept, statements=1, closures=1)
        self.desk.submit([])
        self.history = History(self.book)
        for one in self.writers:
            in_thread(one, partial(one._db.execute, "PRAGMA synchronous=OFF"))
            one._db = Watched(one._db, self)  # type: ignore[assignment]

    @property
    def writers(self) -> list[Writer]:
        """What writes state and index."""
        return [self.book.state._writer, self.history._index._writer]

    def idle(self) -> None:
        """Let the threads do what they have to; die if that was said of a place on their way."""
        for one in self.writers:
            in_thread(one, lambda: None)
        dead, self.dead = self.dead, None
        if dead is not None:
            raise DiedError(dead)

    def passing_in_thread(self, place: str) -> None:
        """Die where it was said so, as soon as the threads are done."""
        try:
            self.passing(place)
        except DiedError:
            self.dead = place

    @property
    def left(self) -> Path:
        """Where the next life finds what this one leaves."""
        return self.folder.with_name(f"life-{self.lives}")

    def passing(self, place: str) -> None:
        """Die where it was said so: what lies on the disk now is all that is left."""
        if self.armed is None or self.armed[0] != place:
            return
        if self.armed[1]:
            self.armed = place, self.armed[1] - 1
            return
        self.armed = None
        if place not in {"writing", "settling"}:
            self.idle()
        shutil.copytree(self.folder, self.left)
        raise DiedError(place)

    def die(self, place: str, passes: int = 0) -> None:
        """Go on with what lies on the disk alone; die again while it is opened if told so."""
        held, indexed = self.book.state, self.history._index
        self.reached[f"died {place}"] += 1
        self.reached["died while the state was written"] += held.writing
        self.reached["died while the index was written"] += indexed.writing
        self.reached["died before windows were forgotten"] += self.forgets
        if not self.left.exists():
            self.idle()
            shutil.copytree(self.folder, self.left)
        self.armed = (place, passes) if place == "reopening" else None
        self.bury()
        try:
            self.open()
        except DiedError:
            self.reached["died again"] += 1
            self.bury()
            self.open()
        self.armed = None

    def bury(self) -> None:
        """Let go of everything without writing, and turn to what is left."""
        with suppress(StorageError, RuntimeError):
            for database in (self.history._index, self.book.state):
                database._writer.close()
                database._db.close()
            self.book.close()
        shutil.rmtree(self.folder)
        self.folder = self.left
        self.lives += 1

    def submit(self, group: Sequence[Received], act: str) -> tuple[list[Told], bool]:
        """Return what is told of a group, and whether it died and was asked again."""
        self.note_group(group)
        self.armed = act, 0
        again = False
        try:
            answers = self.taken(group)
        except DiedError:
            self.die(act)
            answers, again = self.taken(group), True
        self.armed = None
        self.note_changed()
        return [told(self.desk, one) for one in answers], again

    def taken(self, group: Sequence[Received]) -> list[Answer]:
        """Submit a group, and let the index follow."""
        answers = self.desk.submit(group)
        fresh = [one for one in [*answers, *self.desk.findings] if isinstance(one, Sealed)]
        self.history.follow([(one.judged, one.entry) for one in fresh])
        return answers

    def act(self, what: str, times: int) -> None:
        """Do what comes between two groups."""
        match what:
            case "write":
                for _ in range(times):
                    self.write()
                    self.index()
            case "flush":
                self.desk.store()
                self.history.store()
            case "fail":
                self.fail()
            case "look":
                check(self.history, self.book)
            case "between" | "reopening":
                self.die(what, times % 2)
            case "writing" | "committed" | "settling":
                self.armed = what, 0
                try:
                    for _ in range(500):
                        self.write(worth=0)
                        self.index(worth=0)
                except DiedError:
                    self.die(what)
                self.armed = None

    def write(self, worth: int = WORTH) -> None:
        """Write a portion of the state, if it is worth it."""
        held = self.book.state
        if not held.writing:
            if held.waiting < worth:
                return
            self.begun, self.until, self.changed = dict(held._taken.businesses), held.applied, set()
        self.desk.store(durably=False)
        self.idle()

    def index(self, worth: int = WORTH) -> None:
        """Write a portion of the index, if it is worth it."""
        if self.history.writing or self.history.waiting >= worth:
            self.history.write()
            self.idle()

    def fail(self) -> None:
        """Fail to write either; the next write is begun anew."""
        for one, write in zip(self.writers, (self.write, self.index), strict=True):
            refuse = partial(one._db.set_authorizer, _no_insert)
            in_thread(one, refuse)
            with suppress(StorageError):
                for _ in range(500):
                    write(worth=0)
            in_thread(one, partial(one._db.set_authorizer, None))

    @property
    def in_flight(self) -> bool:
        """Whether something was handed out to be written and is not durable."""
        return self.book.state.writing and self.book.state.durable < self.until

    @property
    def forgets(self) -> bool:
        """Whether what was written is durable, and not all that followed from it is done."""
        return self.book.state.writing and not self.in_flight

    def note_group(self, group: Sequence[Received]) -> None:
        """Count what a group takes out of what is in flight, and what finds it just made durable."""
        self.reached["came before windows were forgotten"] += self.forgets
        for one in group if self.in_flight else ():
            if self.begun.get(business_of(one.event), WITHDRAWN) != WITHDRAWN:
                self.reached[f"{one.event.stage} again in flight"] += 1

    def note_changed(self) -> None:
        """Count the windows that changed since they were handed out, each once a write."""
        if not self.in_flight:
            return
        kept = self.desk.businesses.memory._windows
        for frame, written in zip(kept._frames, kept._written, strict=True):
            changed = {one for one in written if not one.clean} - self.changed
            early = changed & frame.early.keys()
            self.reached["changed before its row was given"] += len(early)
            self.reached["changed after its row was given"] += len(changed - early)
            self.changed |= changed

    def close(self) -> None:
        """Write everything and close the book."""
        self.history.close()
        self.book.close()


def _no_insert(action: int, *_: object) -> int:
    return sqlite3.SQLITE_DENY if action == sqlite3.SQLITE_INSERT else sqlite3.SQLITE_OK


def follow(life: Life, patch: pytest.MonkeyPatch) -> None:
    """Let a life hear of the places where it may die, and of what it reads again."""
    commit, forget, settle = Record.commit, State._forget, Writer._settle
    stored = Windows._stored

    def committed(self: Record) -> Any:
        life.passing("unrecorded")
        done = commit(self)
        life.passing("recorded")
        return done

    def forgotten(self: State) -> None:
        in_thread(self._writer, lambda: None)
        life.passing("committed")
        life.passing("reopening")
        forget(self)

    def settled(self: Writer) -> None:
        life.passing_in_thread("settling")
        settle(self)

    def read(self: Windows, index: int, key: Any) -> Any:
        found = stored(self, index, key)
        bit = hash((index, key)) & (windows.LEFT_BITS - 1)
        if found is not None and self._left[bit >> 3] >> (bit & 7) & 1 and life.in_flight:
            life.reached["evicted and read again in flight"] += 1
        return found

    patch.setattr(Record, "commit", committed)
    patch.setattr(State, "_forget", forgotten)
    patch.setattr(Writer, "_settle", settled)
    patch.setattr(Windows, "_stored", read)


LEAST = {
    "evicted and read again in flight": 30,
    "changed before its row was given": 60,
    "changed after its row was given": 150,
    "withdrawn again in flight": 5,
    "settled again in flight": 20,
    "came before windows were forgotten": 4,
    "died while the state was written": 6,
    "died while the index was written": 4,
    "died again": 1,
    **{f"died {place}": 1 for place in DEATHS},
}
"""How often that comes about which matters, at least: a quarter of what is usual, or less."""


def test_nothing_is_lost_or_doubled(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Answers, record, state and index are those of a desk that never wrote, evicted or died."""
    base = tmp_path_factory.mktemp("base") / "b"
    with desk_in(base, RULES) as desk:
        (engine,) = desk.engines
    (base / "state.db").unlink()  # so that it is one of which no windows were ever stored
    reached: Counter[str] = Counter()

    @settings(max_examples=14, suppress_health_check=[HealthCheck.too_slow])
    @given(
        rounds=st.lists(st.integers(0, 2**32).map(round_of), min_size=24, max_size=60),
        portion=st.integers(2, 9),
        kept=st.integers(0, 9),
    )
    def lives(rounds: list[Round], portion: int, kept: int) -> None:
        rest = events([move for one in rounds for move in one.moves])
        folder = tmp_path_factory.mktemp("lives")
        for name in ("undisturbed", "life-0"):
            shutil.copytree(base, folder / name)
        with pytest.MonkeyPatch.context() as patch:
            for sync in ("fsync", "fdatasync"):
                patch.setattr(os, sync, lambda _: None)  # a process dies here, and no machine
            expected = undisturbed(folder / "undisturbed", engine, rest)
            for module in (state, index):
                patch.setattr(module, "PORTION", portion)
            patch.setattr(writer, "TOGETHER", portion)
            patch.setattr(timeline, "KEPT_STATEMENTS", 1)
            patch.setattr(timeline, "READ_STATEMENTS", 1)
            life = Life(folder / "life-0", engine, kept, reached)
            follow(life, patch)
            wanted = iter(expected.told)
            for moves, act, times in rounds:
                group, rest = rest[: len(moves)], rest[len(moves) :]
                found, again = life.submit(group, act)
                for (kind, said), (usual, right) in zip(found, wanted, strict=False):
                    assert said == right
                    assert kind == usual or (again and (kind, usual) == ("Duplicate", "Sealed"))
                life.act(act, times)
            check(life.history, life.book)
            assert differing(recorded(life.book), expected.recorded) == []
            life.close()
            live = state_of(life.folder) | logical(life.folder)
            counted = {table: live[table] for table in expected.counted}
            assert differing(counted, expected.counted) == []
            for path in life.folder.glob("*.db*"):
                path.unlink()
            life.open()
            life.close()
            assert differing(state_of(life.folder) | logical(life.folder), live) == []
        shutil.rmtree(folder)

    lives()
    assert not {what: reached[what] for what, least in LEAST.items() if reached[what] < least}
