"""What is told of a thing is what events stated about it, and what was erased is told as erased."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vermilion.desk import things
from vermilion.desk.desk import Desk
from vermilion.desk.history import History
from vermilion.desk.things import Related, Thing, thing
from vermilion.errors import UsageError
from vermilion.facts.entities import ENTITY_KINDS

from .samples import desk_in, event, party, sale, simulated, submit
from .test_history import SMALL

DAY = dt.datetime(2026, 3, 20, tzinfo=dt.UTC)


def told(desk: Desk, kind: str, id: str, at: dt.datetime = DAY) -> Thing:
    """Return what is told of a thing that is known."""
    with closing(History(desk.book)) as history:
        found = thing(desk.book, history, kind, id, at)
    assert found is not None
    return found


def related(found: Thing, *, naming: bool) -> set[tuple[str, str, str]]:
    """Return the things that a thing names, or those that name it."""
    return {(one.relation, one.kind, one.id) for one in found.related if one.naming == naming}


class TestStatements:
    """Who said what, and when it holds."""

    def test_each_statement_has_its_entry_and_validity(self, tmp_path: Path) -> None:
        """Statements come newest first, with what they state, from when and until when."""
        until = "2026-04-01T00:00:00+08:00"
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, party("p", name="Ann", number=1), party("q"))
            submit(desk, party("p", "2026-03-11T12:00:00+08:00", number=2, valid_until=until))
            found = told(desk, "party", "p")
        second, first = found.statements
        assert (first.id, first.source, first.facts) == ("p-1", "//test", {"name": "Ann"})
        assert (first.begins, first.ends) == ("2026-03-10T04:00:00+00:00", None)
        assert (second.id, second.facts, second.ends) == ("p-2", {}, "2026-03-31T16:00:00+00:00")
        assert not found.more
        assert not any(one.erased for one in found.statements)

    def test_what_holds_says_who_stated_it(self, tmp_path: Path) -> None:
        """Each field is the last one stated of those that hold at the moment."""
        ends = "2026-03-15T00:00:00Z"
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(
                desk,
                party("p", number=1, name="Ann", residency="CN"),
                party("p", number=2, name="Anna", valid_until=ends),
            )
            before, after = (
                told(desk, "party", "p", dt.datetime(2026, 3, day, tzinfo=dt.UTC))
                for day in (12, 15)
            )
            entries = {one.id: one.entry for one in after.statements}
        assert before.holds == {"name": "Anna", "residency": "CN"}
        assert before.stated_by == {"name": entries["p-2"], "residency": entries["p-1"]}
        assert after.holds == {"name": "Ann", "residency": "CN"}

    def test_what_travels_inline_is_stated_and_what_is_withdrawn_is_not(
        self, tmp_path: Path
    ) -> None:
        """An inline party holds from its event on; a withdrawn event states nothing."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(
                desk,
                sale("1", inline={"parties": [{"id": "b", "name": "Bob"}]}),
                event(
                    "party", "2", stage="withdrawn", subject="x", party={"id": "b", "name": "No"}
                ),
            )
            found = told(desk, "party", "b")
        assert [(one.type, one.facts) for one in found.statements] == [("sale", {"name": "Bob"})]

    def test_provenance_lies_beside_the_facts(self, tmp_path: Path) -> None:
        """Where a fact comes from is told with the statement."""
        given = {"party.name": {"source": "registry", "confidence": 90}}
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, event("party", "1", party={"id": "p", "name": "Ann"}, provenance=given))
            (one,) = told(desk, "party", "p").statements
        assert one.provenance == given

    def test_of_many_statements_the_last_are_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Beyond the limit older statements are left out, and that is said."""
        monkeypatch.setattr(things, "MOST_STATEMENTS", 2)
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, *(party("p", number=number) for number in range(3)))
            found = told(desk, "party", "p")
        assert ([one.id for one in found.statements], found.more) == (["p-2", "p-1"], True)

    @pytest.mark.parametrize("seed", [3, 4])
    def test_holds_what_the_desk_knows(self, tmp_path: Path, seed: int) -> None:
        """Of every thing of a market that holds which the desk joins to events at that moment."""
        with desk_in(tmp_path / "b", SMALL) as desk, closing(History(desk.book)) as history:
            for one in simulated(300, seed=seed, max_buyers=24):
                desk.submit([one])
            history.follow()
            desk.book.state.flush()
            rows = desk.book.state._db.execute("SELECT DISTINCT kind, id FROM statement").fetchall()
            assert {kind for kind, _ in rows} == set(ENTITY_KINDS)
            for kind, id in rows:
                found = thing(desk.book, history, kind, id, DAY)
                known: dict[str, Any] = msgspec.to_builtins(desk.standing.at(kind, id, DAY)) or {}
                assert found is not None
                assert found.holds == {key: value for key, value in known.items() if key != "id"}
                assert set(found.stated_by) == set(found.holds)


class TestErased:
    """A person's key is destroyed."""

    def test_statements_are_told_as_erased(self, tmp_path: Path) -> None:
        """What is erased shows that it was stated and when it held, written to the state or not."""
        with desk_in(tmp_path / "b", SMALL) as desk, closing(History(desk.book)) as history:
            submit(desk, party("p", name="Ann"), sale("1", buyer="p"))
            history.follow()
            desk.book.keys.destroy("person/p")
            found = thing(desk.book, history, "party", "p")
            desk.book.state.flush()
            later = thing(desk.book, history, "party", "p")
        assert found is not None
        (one,) = found.statements
        assert (one.erased, one.facts, one.provenance) == (True, None, None)
        assert (one.begins, one.ends) == ("2026-03-10T04:00:00+00:00", None)
        assert (one.id, found.holds, found.stated_by) == ("p-0", {}, {})
        assert later == found

    def test_others_of_the_same_event_stay(self, tmp_path: Path) -> None:
        """Of two inline parties the one whose key is left is told in full."""
        both = {"parties": [{"id": id, "name": id} for id in ("p", "q")]}
        with desk_in(tmp_path / "b", SMALL) as desk, closing(History(desk.book)) as history:
            submit(desk, sale("1", buyer="p", inline=both))
            history.follow()
            desk.book.keys.destroy("person/p")
            of_p, of_q = (thing(desk.book, history, "party", id, DAY) for id in "pq")
        assert of_p is not None
        assert of_q is not None
        assert [one.erased for one in of_p.statements] == [True]
        assert of_q.holds == {"name": "q"}


class TestRelated:
    """What a thing hangs together with."""

    def test_links_go_both_ways(self, tmp_path: Path) -> None:
        """A token leads to its work and issuer, and both lead back; so do parties and platforms."""
        chain = [{"licensor": "author", "licensee": "shop"}]
        token = {"id": "t:1/a:b", "work": "w", "issuer": "shop", "redeems": ["t2"]}
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(
                desk,
                event("work", "1", work={"id": "w", "author": "author", "licence_chain": chain}),
                event("issue", "2", token=token),
                party("shop", controlled_by=["owner"], identity="shop"),
                event("platform", "3", platform={"id": "v", "operator": "shop"}),
            )
            found = {
                one: told(desk, *one)
                for one in [
                    ("token", "t:1/a:b"),
                    ("work", "w"),
                    ("party", "shop"),
                    ("party", "owner"),
                ]
            }
        assert related(found["token", "t:1/a:b"], naming=False) == {
            ("work", "work", "w"),
            ("issuer", "party", "shop"),
            ("redeems", "token", "t2"),
        }
        assert related(found["work", "w"], naming=True) == {("work", "token", "t:1/a:b")}
        assert related(found["work", "w"], naming=False) == {
            ("author", "party", "author"),
            ("licence_chain.licensor", "party", "author"),
            ("licence_chain.licensee", "party", "shop"),
        }
        assert related(found["party", "shop"], naming=False) == {
            ("controlled_by", "party", "owner")
        }
        assert related(found["party", "shop"], naming=True) == {
            ("issuer", "token", "t:1/a:b"),
            ("operator", "platform", "v"),
            ("licence_chain.licensee", "work", "w"),
        }
        assert found["party", "owner"].statements == []
        assert related(found["party", "owner"], naming=True) == {("controlled_by", "party", "shop")}

    def test_a_unit_leads_to_its_collection(self, tmp_path: Path) -> None:
        """A token of which only its id is known leads to the collection that the id names."""
        with desk_in(tmp_path / "b", SMALL) as desk:
            submit(desk, sale("1", token="eip155:1/erc721:0xabc/7"))
            found = told(desk, "token", "eip155:1/erc721:0xabc/7")
        assert (found.statements, found.holds) == ([], {})
        assert found.related == [
            Related(relation="collection", kind="token", id="eip155:1/erc721:0xabc", naming=False)
        ]


class TestUnknown:
    """What is not there."""

    def test_nothing_is_told_of_what_nobody_named(self, tmp_path: Path) -> None:
        """A thing that no event states or names is None, also where another kind has its id."""
        with desk_in(tmp_path / "b", SMALL) as desk, closing(History(desk.book)) as history:
            submit(desk, party("p"))
            history.follow()
            assert thing(desk.book, history, "party", "q") is None
            assert thing(desk.book, history, "work", "p") is None

    def test_another_kind_is_refused(self, tmp_path: Path) -> None:
        """A kind that there is not is the asker's mistake."""
        with desk_in(tmp_path / "b", SMALL) as desk, closing(History(desk.book)) as history:
            with pytest.raises(UsageError) as caught:
                thing(desk.book, history, "states", "party\0p")
            assert caught.value.code == "unknown_kind"
