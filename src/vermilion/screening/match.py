"""Find the entries of a list that fit a party: by identifier, by wallet, by name.

A list is turned into one table from keys to entries, so that a party costs a few look-ups however
long the list is. Only what is equal once normalised matches. A matcher by similarity would stand
beside the table as a `NameMatcher`; there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from vermilion.facts.entities import MAX_MANY, ListMatch, ListMatchBy, PartyKind
from vermilion.screening.lists import Identifier, ListEntry, WatchList
from vermilion.screening.names import name_key
from vermilion.screening.wallets import is_wallet, wallet_key

CONFIDENCE: dict[str, int] = {
    "identifier": 100,
    "wallet": 100,
    "primary": 60,
    "original_script": 60,
    "alias": 50,
    "weak_alias": 20,
}
"""Confidence in percent by what matches. Policy: no law gives these numbers. 自定标准。"""

NOT_PARTIES = frozenset({"vessel", "aircraft"})
"""Entries whose names are not compared: a ship is no person and no organisation."""

Identify = Callable[[Identifier], str | None]
"""Returns the `identity` that a party with that identifier would have; None if there is none."""


class Subject(NamedTuple):
    """What is known of a party that a list can be held against."""

    id: str
    name: str | None = None
    kind: PartyKind | None = None
    identity: str | None = None
    wallets: Sequence[str] = ()


class Prepared(NamedTuple):
    """A party in the form in which it is compared; `has_wallet` says that one is known of it."""

    name: str | None
    identity: str | None
    wallets: tuple[str, ...]
    has_wallet: bool


class Screened(NamedTuple):
    """The matches, and whether everything that the list goes by was known of the party."""

    matches: Sequence[ListMatch]
    complete: bool


class NameMatcher(Protocol):
    """Finds entries by name; what finds similar names fits in here, with a confidence of its own."""

    def by_name(self, subject: Subject) -> Iterable[ListMatch]:
        """Return the entries whose name fits the subject's."""


class _Key(NamedTuple):
    entry: str
    by: ListMatchBy
    kind: str | None
    confidence: int


class Matcher:
    """One version of a list, made ready. Implements `NameMatcher` for equal names.

    Args:
        found: the list.
        identify: turns the list's identifiers into identities; without it they are not compared.
    """

    def __init__(self, found: WatchList, identify: Identify | None = None) -> None:
        self.name, self.version = found.name, found.version
        self.has_names = found.has_names
        self._names = _table(_by_name(found.entries))
        self._wallets = _table(_by_wallet(found.entries))
        self._identities = _table(_by_identifier(found.entries, identify or (lambda _: None)))

    def screen(self, subject: Subject) -> Screened:
        """Return every entry that fits a party, each once by its strongest evidence.

        Complete is a screening against a list with names where the name is known, against one of
        wallets alone where a wallet is, and against one of identifiers alone where the identity is.
        """
        return self.hold(prepared(subject))

    def hold(self, subject: Prepared) -> Screened:
        """Return the same of a party that was made ready to be held against several lists."""
        found: list[_Key] = []
        for one in subject.wallets:
            found += self._wallets.get(one, ())
        if subject.identity is not None:
            found += self._identities.get(subject.identity, ())
        if subject.name is not None:
            found += self._names.get(subject.name, ())
        return Screened(self._matches(found) if found else (), self._complete(subject))

    def by_name(self, subject: Subject) -> Iterable[ListMatch]:
        """Return the entries that bear the subject's name."""
        if subject.name is None:
            return ()
        return self._matches(self._names.get(name_key(subject.name), ()))

    def compared(self) -> Iterator[tuple[ListMatchBy, str]]:
        """Yield everything that the list goes by, in the form in which it is compared."""
        yield from (("name", key) for key in self._names)
        yield from (("wallet", key) for key in self._wallets)
        yield from (("identifier", key) for key in self._identities)

    def _complete(self, subject: Prepared) -> bool:
        if self.has_names:
            return subject.name is not None
        if self._wallets:
            return subject.has_wallet
        return subject.identity is not None

    def _matches(self, keys: Iterable[_Key]) -> list[ListMatch]:
        best: dict[str, _Key] = {}
        for key in keys:
            if key.entry not in best or key.confidence > best[key.entry].confidence:
                best[key.entry] = key
        strongest = sorted(best.values(), key=lambda one: (-one.confidence, one.entry))
        return [
            ListMatch(
                list=self.name,
                version=self.version,
                entry=one.entry,
                by=one.by,
                kind=one.kind,
                confidence=one.confidence,
            )
            for one in strongest[:MAX_MANY]
        ]


def prepared(subject: Subject) -> Prepared:
    """Bring what is known of a party into the form in which it is compared, once for all lists."""
    name, wallets = subject.name, subject.wallets
    return Prepared(
        (name_key(name) or None) if name else None,
        subject.identity,
        (wallet_key(subject.id), *map(wallet_key, wallets)),
        bool(wallets) or is_wallet(subject.id),
    )


def found_by(matches: Iterable[ListMatch]) -> list[str]:
    """Return the names of the lists that matches are of, each once."""
    return list(dict.fromkeys(one.list for one in matches))


def _by_name(entries: Iterable[ListEntry]) -> Iterator[tuple[str, _Key]]:
    for entry in entries:
        if entry.type in NOT_PARTIES:
            continue
        for name in entry.names:
            key = name_key(name.text)
            if key:
                yield key, _Key(entry.id, "name", name.kind, CONFIDENCE[name.kind])


def _by_wallet(entries: Iterable[ListEntry]) -> Iterator[tuple[str, _Key]]:
    for entry in entries:
        for wallet in entry.wallets:
            key = wallet_key(wallet.address)
            yield key, _Key(entry.id, "wallet", wallet.chain, CONFIDENCE["wallet"])


def _by_identifier(entries: Iterable[ListEntry], identify: Identify) -> Iterator[tuple[str, _Key]]:
    for entry in entries:
        for identifier in entry.identifiers:
            key = identify(identifier)
            if key is not None:
                yield key, _Key(entry.id, "identifier", identifier.kind, CONFIDENCE["identifier"])


def _table(pairs: Iterable[tuple[str, _Key]]) -> dict[str, tuple[_Key, ...]]:
    found: dict[str, tuple[_Key, ...]] = {}
    for key, value in pairs:
        before = found.get(key, ())
        if value not in before:
            found[key] = (*before, value)
    return found
