"""Entries are found by identifier, wallet and name, and it is said by which."""

from __future__ import annotations

import datetime as dt

import pytest

from vermilion.errors import StorageError
from vermilion.screening import (
    CONFIDENCE,
    Identifier,
    ListEntry,
    ListName,
    Matcher,
    Subject,
    found_by,
    list_diff,
    packed,
    unpacked,
)

from .samples import listed, owner, person, real

WALLET = "0x722122df12d4e14e13ac3b6895a86e84145b6967"


def how(matcher: Matcher, subject: Subject) -> list[tuple[str, str, str | None, int | None]]:
    """Return entry, evidence, kind and confidence of each match."""
    return [
        (one.entry, one.by, one.kind, one.confidence) for one in matcher.screen(subject).matches
    ]


class TestEvidence:
    """What a match rests on is kept, so that a rule can tell strong from weak."""

    def test_each_kind_of_name_has_its_confidence(self) -> None:
        """A primary name weighs more than an alias, an alias more than a weak one."""
        names = (ListName("Ann Lee"), ListName("Annie", "alias"), ListName("A", "weak_alias"))
        matcher = Matcher(listed(ListEntry("e1", "person", names)))
        found = [how(matcher, Subject("p", one))[0] for one in ("LEE, Ann", "annie", "a")]
        assert [kind for _, _, kind, _ in found] == ["primary", "alias", "weak_alias"]
        weights = [weight or 0 for *_, weight in found]
        assert weights == sorted(weights, reverse=True)
        assert len(set(weights)) == 3

    def test_a_name_is_weaker_than_a_wallet_or_identifier(self) -> None:
        """No name has the confidence of what names one alone."""
        names = {"primary", "original_script", "alias", "weak_alias"}
        assert CONFIDENCE.keys() == names | {"wallet", "identifier"}
        assert (
            max(CONFIDENCE[one] for one in names) < CONFIDENCE["wallet"] == CONFIDENCE["identifier"]
        )

    def test_an_entry_is_told_once_by_its_strongest_evidence(self) -> None:
        """Wallet, name and identity of one entry are one match."""
        one = person("e1", "Ann Lee", identifiers=(Identifier("passport", "E1", "CN"),))
        matcher = Matcher(listed(one, owner("e2", WALLET)), lambda found: f"id:{found.number}")
        subject = Subject(f"eip155:1:{WALLET}", "Ann Lee", identity="id:E1")
        assert how(matcher, subject) == [
            ("e1", "identifier", "passport", 100),
            ("e2", "wallet", None, 100),
        ]

    def test_namesakes_are_all_told(self) -> None:
        """Every entry that bears the name is a match, in a fixed order."""
        matcher = Matcher(listed(person("b", "Ann Lee"), person("a", "Lee Ann")))
        assert [entry for entry, *_ in how(matcher, Subject("p", "ann lee"))] == ["a", "b"]

    def test_ships_and_aircraft_are_no_parties(self) -> None:
        """A person who is called like a listed ship is not on the list."""
        matcher = Matcher(listed(ListEntry("s", "vessel", (ListName("IVY"),)), person("p", "Ann")))
        assert how(matcher, Subject("p", "Ivy")) == []

    def test_a_match_names_list_and_version(self) -> None:
        """Where it was found is told, and the lists are counted once each."""
        matches = (
            Matcher(listed(person("a", "Ann"), person("b", "Ann")))
            .screen(Subject("p", "Ann"))
            .matches
        )
        assert {(one.list, one.version) for one in matches} == {("un", "2026-02-27")}
        assert found_by(matches) == ["un"]


class TestComplete:
    """Nothing found shows something only where there was something to compare."""

    @pytest.mark.parametrize(
        ("subject", "complete"),
        [
            (Subject("market:user:1", "Ann"), True),
            (Subject("market:user:1"), False),
            (Subject(f"eip155:1:{WALLET[:-1]}0"), False),
        ],
    )
    def test_a_list_of_names_needs_the_name(self, subject: Subject, complete: bool) -> None:
        """Without a name nobody is cleared by a list of names."""
        matcher = Matcher(listed(person("a", "Bob"), owner("w", WALLET)))
        assert matcher.screen(subject) == ((), complete)

    @pytest.mark.parametrize(
        ("subject", "complete"),
        [
            (Subject("market:user:1", "Ann"), False),
            (Subject("market:user:1", wallets=("0x" + "1" * 40,)), True),
            (Subject("eip155:1:0x" + "1" * 40), True),
        ],
    )
    def test_a_list_of_wallets_needs_a_wallet(self, subject: Subject, complete: bool) -> None:
        """A name alone is not held against wallets."""
        assert Matcher(listed(owner("w", WALLET))).screen(subject) == ((), complete)


class TestKept:
    """A version is its content."""

    def test_what_is_packed_comes_back(self) -> None:
        """Unpacking gives the list again; its digest does not depend on when it is packed."""
        one = listed(person("a", "Ann", "Änn"), owner("w", WALLET))
        digest, content = packed(one)
        assert unpacked(content, digest) == one
        assert packed(one)[0] == digest

    @pytest.mark.parametrize("change", ["content", "digest"])
    def test_an_altered_list_is_refused(self, change: str) -> None:
        """Another content under a digest, or damage, is no list."""
        digest, content = packed(listed(person("a", "Ann")))
        other = packed(listed(person("a", "Bob")))[1]
        content = other if change == "content" else content[:-3]
        with pytest.raises(StorageError) as caught:
            unpacked(content, digest)
        assert caught.value.code == "list_altered"

    def test_the_real_lists_name_whom_they_list(self) -> None:
        """Every person and organisation on the public lists is found by each of its names."""
        for folder in ("ofac_20251024", "un_20260227"):
            found = real(folder)
            matcher = Matcher(found)
            for entry in found.entries[::7]:
                if entry.type in {"person", "organisation"}:
                    for name in entry.names:
                        entries = {
                            one.entry for one in matcher.screen(Subject("p", name.text)).matches
                        }
                        assert entry.id in entries, name


def test_a_diff_tells_what_came_and_went() -> None:
    """Added, taken off and described anew are told apart."""
    before = listed(person("a", "Ann"), person("b", "Bob"), owner("w", WALLET))
    after = listed(person("b", "Bob", "Bobby"), person("c", "Cid"), date=dt.date(2026, 3, 1))
    found = list_diff(before, after)
    assert (found.added, found.removed, found.changed) == (("c",), ("a", "w"), ("b",))
    assert found.wallets_removed == (WALLET,)
    assert (found.keys_added, found.keys_removed) == (2, 2)
