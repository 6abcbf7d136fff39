"""Parties are held against the lists in force at an event's time, as known when it was judged."""

from __future__ import annotations

import datetime as dt
import gc
import shutil
from pathlib import Path
from typing import Any
from weakref import ref

import msgspec
import pytest

from vermilion.desk.audit import verify_book
from vermilion.desk.backup import back_up
from vermilion.desk.book import Book
from vermilion.desk.customer import Customers
from vermilion.desk.desk import Refused, Sealed
from vermilion.desk.judge import Judge
from vermilion.desk.kept_lists import MADE_LATELY
from vermilion.desk.know import Knowledge
from vermilion.desk.replay import replay
from vermilion.desk.rescreen import Rescreened, in_force, put_in_force, rescreen, retire
from vermilion.desk.restore import Request, restore
from vermilion.desk.screening import KEPT_READY, Screening
from vermilion.desk.sealing import opened, remaining_event
from vermilion.desk.settled import facts_read
from vermilion.errors import StorageError
from vermilion.facts.entities import Party
from vermilion.facts.events import PartyEvent
from vermilion.identity import identity_of, read_number
from vermilion.screening import Identifier, ListEntry, ListName, Matcher, Wallet, WatchList
from vermilion.store import StandingFacts

from .samples import (
    CN,
    NOON,
    desk_in,
    event,
    party,
    rule,
    rulebook,
    rulings,
    sale,
    submit,
    verdicts,
)

LISTED = rulebook(
    rule(
        "XX-LISTS",
        "sale",
        "len(buyer.lists_hit) > 0 or (known(buyer.control.known_lists_hit) and len(buyer.control.known_lists_hit) > 0)",
    )
)
NOW = dt.datetime(2026, 3, 12, tzinfo=dt.UTC)
WALLET = "0x722122dF12d4E14e13Ac3b6895a86e84145b6967"
LATER = "2026-03-11T12:00:00+08:00"
RESIDENT = "110105199003071239"


def watch_list(*entries: ListEntry, name: str = "un", day: str = "2026-03-01") -> WatchList:
    """Return a list of some entries."""
    return WatchList(name, day, dt.date.fromisoformat(day), "made up", "csv", entries)


def person(id: str, name: str, **more: Any) -> ListEntry:
    """Return a listed person."""
    return ListEntry(id=id, type="person", names=(ListName(name),), **more)


def wallet(id: str, address: str = WALLET) -> ListEntry:
    """Return a listed wallet."""
    return ListEntry(id=id, wallets=(Wallet(address),))


BOB = person("e1", "SMITH, Bob")
CID = person("e2", "Cid Jones")


def add(path: Path, found: WatchList, **more: Any) -> Rescreened:
    """Put a list in force in a book and screen everybody who is known."""
    with Book.open(path) as book:
        put_in_force(book, found, now=NOW, **more)
        return rescreen(book, NOW)


def judged(path: Path, *plain: dict[str, Any], by: Any = LISTED) -> list[str]:
    """Return the verdicts on events in a book."""
    with desk_in(path, by) as desk:
        return verdicts(desk, *plain)


def own_statements(path: Path) -> list[Party]:
    """Return what the book itself states of parties, in order."""
    with Book.open(path) as book:
        events = [remaining_event(entry) for entry in book.record.entries(1)]
        own = [one for one in events if isinstance(one, PartyEvent)]
        return [one.data.party for one in own if one.source == book.keys.origin]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a book in which Bob, Ann and a nameless party were stated before any list."""
    people = [party("bob", name="Bob Smith"), party("ann", name="Ann Lee"), party("zoe")]
    assert judged(tmp_path / "b", *people, sale("0", buyer="ann"))[-1] == "review"
    return tmp_path / "b"


class TestJudging:
    """What is known of a party is held against the lists when it takes part in an event."""

    def test_a_list_names_clears_and_leaves_open(self, path: Path) -> None:
        """Who is named is denied, who is not is cleared, of whom nothing is known stays unknown."""
        add(path, watch_list(BOB))
        sales = [sale(str(n), buyer=one) for n, one in enumerate(["bob", "ann", "zoe", "new"], 1)]
        assert judged(path, *sales) == ["deny", "allow", "review", "review"]

    def test_without_lists_nothing_is_screened(self, path: Path) -> None:
        """Screening is as attested where no list is in force."""
        attested = party("eve", name="Bob Smith", lists_hit=[])
        assert judged(path, attested, sale("1", buyer="eve"))[-1] == "allow"

    def test_an_attested_clean_screening_does_not_hide_a_hit(self, path: Path) -> None:
        """The list counts whatever was attested, and an attested hit stays beside a clean list."""
        add(path, watch_list(BOB))
        clean = party("b2", name="bob smith", lists_hit=[])
        listed = party("a2", name="Ann Lee", lists_hit=["pbc"])
        sales = [sale("1", buyer="b2"), sale("2", buyer="a2")]
        assert judged(path, clean, listed, *sales)[-2:] == ["deny", "deny"]

    def test_a_wallet_is_screened_by_its_id(self, path: Path) -> None:
        """A wallet of which nothing was ever stated is found in any case and on any chain."""
        add(path, watch_list(wallet("w"), name="wallets"))
        ids = [
            f"eip155:1:{WALLET}",
            f"eip155:137:{WALLET.lower()}",
            WALLET.upper().replace("X", "x"),
        ]
        sales = [sale(str(n), buyer=one) for n, one in enumerate(ids, 1)]
        assert judged(path, *sales) == ["deny"] * 3
        assert judged(path, sale("9", buyer="eip155:1:0x" + "1" * 40)) == ["allow"]

    def test_wallets_that_were_stated_count(self, path: Path) -> None:
        """An account is named by a wallet that it uses."""
        add(path, watch_list(BOB, wallet("w")))
        stated = party("dan", name="Dan", wallets=[f"eip155:1:{WALLET.lower()}"])
        assert judged(path, stated, sale("1", buyer="dan"))[-1] == "deny"

    def test_a_nameless_wallet_is_not_cleared_by_a_list_of_names(self, path: Path) -> None:
        """Where a list of names is in force, a wallet without a name stays unknown."""
        add(path, watch_list(wallet("w"), name="wallets"))
        add(path, watch_list(BOB))
        assert judged(path, sale("1", buyer="eip155:1:0x" + "1" * 40)) == ["review"]

    def test_inline_parties_are_screened(self, path: Path) -> None:
        """A name that travels with the event counts for it."""
        add(path, watch_list(BOB))
        inline = {"parties": [{"id": "new", "name": "Smith Bob"}]}
        assert judged(path, sale("1", buyer="new", inline=inline)) == ["deny"]

    def test_a_listed_controller_counts(self, path: Path) -> None:
        """The chain of control is screened like the party itself."""
        add(path, watch_list(BOB))
        company = party("co", name="Fine Art Ltd", kind="organisation", controlled_by=["bob"])
        assert judged(path, company, sale("1", buyer="co"))[-1] == "deny"

    def test_who_holds_for_a_listed_person_is_no_way_round(self, path: Path) -> None:
        """A nominee counts as those for whom it holds, over every step, and those who control them."""
        add(path, watch_list(BOB))
        nominees = [
            party("n1", name="Nominee", holds_for=["bob"]),
            party("n2", name="Second", holds_for=["n1"]),
            party("co", name="Fine Art Ltd", kind="organisation", controlled_by=["bob"]),
            party("n3", name="Third", holds_for=["ann", "co"]),
            party("n4", name="Fourth", holds_for=["ann"]),
            party("n5", name="Fifth", holds_for=["n5", "nobody"]),
        ]
        asked = [sale(str(n), buyer=f"n{n}") for n in range(1, 6)]
        assert judged(path, *nominees, *asked)[-5:] == ["deny"] * 3 + ["allow"] * 2

    def test_an_identity_is_found_by_the_number_on_the_list(self, path: Path) -> None:
        """A list's number of an identity card names whoever has that identity, by any name."""
        with Book.open(path) as book:
            number = read_number(RESIDENT, "cn", NOW.date())
            who = identity_of(number, book.lists.secret)
        add(
            path,
            watch_list(person("e", "Somebody", identifiers=(Identifier("national_id", RESIDENT),))),
        )
        stated = party("x", name="Another Name", identity=who)
        assert judged(path, stated, sale("1", buyer="x"))[-1] == "deny"

    def test_how_a_match_came_about_is_a_fact(self, path: Path) -> None:
        """A rule can tell a name from a wallet, and a sure match from an unsure one."""
        add(path, watch_list(BOB))
        weak = rule(
            "XX-NAME",
            "sale",
            'any(m.by == "name" and m.confidence < 100 for m in buyer.list_matches)',
            verdict="review",
        )
        with desk_in(path, LISTED, rulebook(weak, id="yy")) as desk:
            (answer,) = submit(desk, sale("1", buyer="bob"))
            assert isinstance(answer, Sealed)
            assert [one.ruling.verdict for one in answer.judged.ruled] == ["deny", "review"]

    def test_the_shipped_rule_freezes(self, path: Path) -> None:
        """CN-N5-03 denies an event of a party whom a list names."""
        add(path, watch_list(BOB))
        with desk_in(path, CN) as desk:
            (ruling,) = rulings(desk, event("holding", "1", parties={"holder": "bob"}))
            outcome = next(one for one in ruling.rules if one.id == "CN-N5-03")
            assert (ruling.verdict, outcome.outcome) == ("deny", "hit")


class TestTime:
    """A version counts from its day on, for what is judged after it."""

    def test_the_version_of_the_events_time_counts(self, path: Path) -> None:
        """Before the first version nobody was screened; between two the earlier one counts."""
        add(path, watch_list(BOB, day="2026-03-01"))
        add(path, watch_list(CID, day="2026-03-11"))
        times = ["2026-02-01T12:00:00Z", NOON, "2026-03-11T00:00:00Z"]
        sales = [sale(str(n), time, buyer="bob") for n, time in enumerate(times, 1)]
        assert judged(
            path, party("bob", "2026-01-01T00:00:00Z", number=2, name="Bob Smith"), *sales
        )[1:] == ["review", "deny", "allow"]

    def test_an_earlier_beginning_may_be_stated(self, path: Path) -> None:
        """Who says from when a version holds gets its answers from then on."""
        add(path, watch_list(BOB), begins=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        early = "2021-06-01T12:00:00Z"
        stated = party("bob", early, number=3, name="Bob Smith")
        assert judged(path, stated, sale("1", early, buyer="bob"))[-1] == "deny"

    def test_a_delisting_takes_the_hit_away(self, path: Path) -> None:
        """From the day of the version that lists somebody no more, events may go ahead."""
        add(path, watch_list(BOB))
        came = add(path, watch_list(CID, day="2026-03-05"))
        assert [(one.party, len(one.before), len(one.after)) for one in came.changes] == [
            ("bob", 1, 0)
        ]
        assert judged(path, sale("1", buyer="bob")) == ["allow"]

    def test_a_retired_list_screens_nobody(self, path: Path) -> None:
        """What a list found is gone with it, and who was cleared by it alone is open again."""
        add(path, watch_list(BOB))
        with Book.open(path) as book:
            retire(book, "un", NOW - dt.timedelta(days=2))
            assert in_force(book, NOW) == []
            assert len(rescreen(book, NOW).changes) == 1
        assert judged(path, sale("1", LATER, buyer="ann")) == ["review"]

    def test_a_removed_list_may_come_back(self, path: Path) -> None:
        """Put in force again it screens again, however old it is, and the record stays readable."""
        found = watch_list(BOB, day="2026-03-01")
        later = [NOW + dt.timedelta(minutes=n) for n in range(3)]
        add(path, found)
        with Book.open(path) as book:
            retire(book, "un", later[1])
            rescreen(book, later[1])
            put_in_force(book, found, now=later[2])
            assert [one.party for one in rescreen(book, later[2]).changes] == ["bob"]
        assert judged(path, sale("1", later[2].isoformat(), buyer="bob")) == ["deny"]
        for name in path.glob("state.db*"):
            name.unlink()
        with Book.open(path) as book:
            assert rescreen(book, later[2]).changes == []
        assert verify_book(path).problems == ()

    def test_a_version_that_was_replaced_may_come_back(self, path: Path) -> None:
        """Of two versions of one day the one that was put in force last counts, also the first again."""
        with Book.open(path) as book:
            for minute, who in enumerate((BOB, CID, BOB)):
                put_in_force(book, watch_list(who), now=NOW + dt.timedelta(minutes=minute))
        assert judged(path, sale("1", buyer="bob"), sale("2", buyer="ann")) == ["deny", "allow"]


class TestRescreening:
    """When a list changes, everybody who is known is held against it at once."""

    def test_new_hits_become_standing_facts_of_the_party(self, path: Path) -> None:
        """Each is a statement by the book itself that names list, version, entry and evidence."""
        came = add(path, watch_list(BOB))
        assert came.parties == 3
        (stated,) = own_statements(path)
        assert stated.id == "bob"
        (match,) = stated.list_matches or []
        assert (match.list, match.version, match.entry, match.by) == (
            "un",
            "2026-03-01",
            "e1",
            "name",
        )

    def test_nothing_new_is_said_twice(self, path: Path) -> None:
        """To screen again, or the same list again, states nothing."""
        add(path, watch_list(BOB))
        with Book.open(path) as book:
            size = book.record.size
            assert rescreen(book, NOW).changes == []
            assert book.record.size == size
        assert add(path, watch_list(BOB)).changes == []
        assert add(path, watch_list(BOB, CID, day="2026-03-02")).changes == []

    def test_whoever_came_later_is_found_too(self, path: Path) -> None:
        """Parties stated after the last screening, and wallets that only traded, are screened."""
        add(path, watch_list(CID))
        judged(path, party("cid", name="JONES Cid"), sale("1", buyer=f"eip155:1:{WALLET}"))
        came = add(path, watch_list(CID, wallet("w"), day="2026-03-02"))
        assert sorted(one.party for one in came.changes) == ["cid", f"eip155:1:{WALLET}"]

    def test_an_address_without_chain_is_found(self, path: Path) -> None:
        """Whoever states or is an address alone, of any chain, is told of when it is listed."""
        coin = "12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h"
        judged(path, party("dan", name="Dan", wallets=[coin]), sale("1", buyer=coin))
        came = add(path, watch_list(wallet("w", coin), name="wallets"))
        assert sorted(one.party for one in came.changes) == [coin, "dan"]

    def test_a_new_name_replaces_the_old_one(self, path: Path) -> None:
        """Who no longer bears the listed name is no longer named."""
        add(path, watch_list(BOB))
        judged(path, party("bob", number=1, name="Robert Other"))
        with Book.open(path) as book:
            (change,) = rescreen(book, NOW).changes
        assert (change.party, list(change.after)) == ("bob", [])

    def test_the_record_does_not_tell_in_clear_who_is_named(self, path: Path) -> None:
        """Neither the party's id nor its name stands in the log of what screening found."""
        with Book.open(path) as book:
            before = book.record.size
        add(path, watch_list(BOB))
        with Book.open(path) as book:
            entries = list(book.record.entries(before))
            clear = b"".join(one.leaf for one in entries if one.index > before)
        assert len(entries) == 2
        assert b"bob" not in clear.lower()
        said = msgspec.json.decode(clear)["statement"]["event"]
        assert said.keys() == {"source", "id", "type", "stage", "time"}


class TestRebuilt:
    """Lists are folded from the record: rebuilt and judged again, everything comes out the same."""

    def test_a_rebuilt_state_judges_alike(self, path: Path) -> None:
        """Without its state the book comes to the same verdicts and the same known hits."""
        add(path, watch_list(BOB, wallet("w")))
        add(path, watch_list(CID, day="2026-03-11"))
        asked = ["bob", "ann", "zoe", f"eip155:1:{WALLET}"]

        def verdicts_now(prefix: str) -> list[str]:
            times = [NOON, LATER]
            return judged(
                path,
                *(
                    sale(f"{prefix}{n}{m}", time, buyer=one)
                    for n, one in enumerate(asked)
                    for m, time in enumerate(times)
                ),
            )

        before = verdicts_now("a")
        for name in path.glob("state.db*"):
            name.unlink()
        assert verdicts_now("b") == before
        with Book.open(path) as book:
            assert rescreen(book, NOW).changes == []
        assert [one.id for one in own_statements(path)] == ["bob", "bob"]

    def test_a_recorded_event_is_judged_again_as_then(self, path: Path) -> None:
        """By what was known when it was judged, each event comes to the same ruling, byte for byte."""
        judged(path, sale("1", buyer="bob"))
        add(path, watch_list(BOB))
        judged(path, sale("2", buyer="bob"))
        add(path, watch_list(CID, day="2026-03-05"))
        judged(path, sale("3", buyer="bob"))
        found = []
        with Book.open(path) as book:
            engines = book.active_engines()
            standing = StandingFacts((book.state, book.stated))
            for entry in book.record.entries(1):
                recorded = opened(entry)
                assert recorded is not None
                knowledge = Knowledge(standing.then(entry.index), facts_read(engines))
                again = Judge(engines[0], knowledge).judge(recorded.event)
                assert again.written == recorded.ruled[0].written
                if recorded.event.id in {"1", "2", "3"}:
                    found.append(again.ruling.verdict)
        assert found == ["review", "deny", "allow"]

    def test_the_record_is_replayed_alike(self, path: Path) -> None:
        """A replay of the whole record finds no ruling that differs, lists in force or not."""
        judged(path, sale("1", buyer="bob"))
        add(path, watch_list(BOB, wallet("w")))
        judged(path, sale("2", buyer="bob"), sale("3", buyer=f"eip155:1:{WALLET}"))
        add(path, watch_list(CID, day="2026-03-05"))
        judged(path, sale("4", buyer="bob"))
        with Book.open(path) as book:
            found = replay(book)
        assert (found.different, found.unclear, found.erased) == (0, 0, 0)
        assert found.equal == found.rulings > 8

    def test_the_book_verifies_and_misses_a_lost_list(self, path: Path) -> None:
        """What the book says itself is in order; a list that is gone or altered is told."""
        add(path, watch_list(BOB))
        assert verify_book(path).problems == ()
        (kept,) = (path / "lists").glob("*.zst")
        content = kept.read_bytes()
        kept.write_bytes(content[:-2])
        assert [one.file for one in verify_book(path).problems] == [f"lists/{kept.name}"]
        kept.unlink()
        (problem,) = verify_book(path).problems
        assert "does not keep" in problem.what

    def test_a_backup_holds_the_lists(self, path: Path, tmp_path: Path) -> None:
        """What the record names by digest is copied with it."""
        add(path, watch_list(BOB))
        back_up(path, tmp_path / "copy")
        (kept,) = (path / "lists").glob("*.zst")
        (copied,) = (tmp_path / "copy").rglob("*.zst")
        assert copied.read_bytes() == kept.read_bytes()
        shutil.rmtree(path)
        restore(Request(tmp_path / "copy"), tmp_path / "again")
        assert judged(tmp_path / "again", sale("1", buyer="bob")) == ["deny"]

    def test_nobody_is_judged_without_the_list(self, path: Path) -> None:
        """A list in force that is lost stops the desk; it lets nobody through."""
        add(path, watch_list(BOB))
        (kept,) = (path / "lists").glob("*.zst")
        kept.unlink()
        with pytest.raises(StorageError) as caught:
            judged(path, sale("1", buyer="ann"))
        assert caught.value.code == "list_lost"

    def test_a_lost_list_is_made_good_by_adding_it(self, path: Path) -> None:
        """The same list given again takes the place of the file that is lost or damaged."""
        add(path, watch_list(BOB))
        (kept,) = (path / "lists").glob("*.zst")
        kept.write_bytes(b"damaged")
        add(path, watch_list(BOB))
        assert verify_book(path).problems == ()
        assert judged(path, sale("1", buyer="bob")) == ["deny"]

    def test_nobody_else_puts_a_list_in_force(self, path: Path) -> None:
        """An event that says so from outside is refused."""
        forged = event("list", "f", list={"id": "un", "digest": "0" * 64})
        with desk_in(path, LISTED) as desk:
            (answer,) = submit(desk, forged)
            assert isinstance(answer, Refused)
            assert answer.error.code == "list_from_outside"


def test_customers_do_not_learn_of_lists(path: Path) -> None:
    """Who is named gets the ordinary hold, the same as one who waits for an ordinary review."""
    add(path, watch_list(BOB))
    secret = rulebook(
        rule("XX-LISTS", "sale", "len(buyer.lists_hit) > 0"),
        rule("XX-M", "sale", "any(m.confidence > 0 for m in buyer.list_matches)"),
    )
    ordinary = rulebook(rule("XX-MODE", "sale", 'mode == "auction"', verdict="review"))
    told = []
    for book, one in (
        (secret, sale("1", buyer="bob", stage="proposed")),
        (ordinary, sale("1", buyer="ann", stage="proposed", mode="auction")),
    ):
        with desk_in(path.parent / book.rules[0].rule.id, book) as desk:
            if book is secret:
                put_in_force(desk.book, watch_list(BOB), now=NOW)
        with desk_in(path.parent / book.rules[0].rule.id, book) as desk:
            submit(desk, party("bob", name="Bob Smith"), party("ann", name="Ann Lee"))
            (answer,) = submit(desk, one)
            assert isinstance(answer, Sealed)
            view = Customers(desk.engines, desk.book.kept_engine).view(answer.judged)
            told.append(view)
    assert told[0] == told[1]
    assert told[0].status == "held"
    assert b"list" not in msgspec.json.encode(told[0]).replace(b"listed", b"").lower()


class TestMemory:
    """Of many versions only those in force or used lately lie in memory."""

    @staticmethod
    def versions(book: Book, count: int) -> list[tuple[dt.datetime, str]]:
        """Put one version a day in force, each of which names somebody else; return when, and which."""
        found = []
        for day in range(1, count + 1):
            listed = watch_list(
                person(f"e{day}", f"Name {day}"), name="daily", day=f"2026-03-{day:02}"
            )
            said = put_in_force(book, listed, now=NOW)
            found.append((dt.datetime(2026, 3, day, 12, tzinfo=dt.UTC), str(said.digest)))
        return found

    def test_old_versions_go_and_are_made_again(self, tmp_path: Path) -> None:
        """However many versions were used, some few stay ready, and an old one still names its own."""
        with Book.open(tmp_path / "b") as book:
            versions = self.versions(book, 2 * (KEPT_READY + MADE_LATELY) + 1)
            first = ref(book.lists.matcher(versions[0][1]))
            screening = Screening(StandingFacts((book.state, book.stated)))

            def named(day: int, moment: dt.datetime) -> bool:
                one = Party(id=f"p{day}", name=f"Name {day}")
                found = screening.party(one.id, one, moment)
                assert found is not None
                return bool(found.list_matches)

            assert [named(day, moment) for day, (moment, _) in enumerate(versions, 1)] == [
                True
            ] * len(versions)
            gc.collect()
            assert first() is None
            alive = [
                one for one in gc.get_objects() if isinstance(one, Matcher) and one.name == "daily"
            ]
            assert len(alive) <= KEPT_READY + MADE_LATELY
            (newest,) = screening.matchers(versions[-1][0])
            assert book.lists.matcher(versions[-1][1]) is newest
            (oldest,) = screening.matchers(versions[0][0])
            assert oldest.version == "2026-03-01"
            assert not named(2, versions[0][0])
            assert named(2, versions[1][0])

    def test_what_is_in_force_stays_ready(self, tmp_path: Path) -> None:
        """More lists in force than are made lately are not made again for each party."""
        with Book.open(tmp_path / "b") as book:
            for n in range(2 * MADE_LATELY):
                put_in_force(book, watch_list(BOB, name=f"list{n}"), now=NOW)
            screening = Screening(StandingFacts((book.state, book.stated)))
            made = screening.matchers(NOW)
            assert len(made) == 2 * MADE_LATELY
            gc.collect()
            assert [book.lists.matcher(one.digest or "") for one in in_force(book, NOW)] == [*made]
            assert screening.matchers(NOW) is made
