"""Hold parties against the lists in force: where the screening engine meets the book.

Which version of a list is in force is a standing fact: a `list` event of the book's own states it,
from the list's day on, for what is judged after it. Whom it names is computed when a party is
joined to an event, as a closure is, so that a new version freezes at once, a delisting frees at
once, and whoever judges a recorded event again, by what was known then, finds the same.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple, cast

import msgspec

from vermilion.desk.kept_lists import KeptLists, lost
from vermilion.facts.entities import ListMatch, ListVersion, Party
from vermilion.screening import Matcher, Subject, found_by, prepared
from vermilion.store import Earlier, StandingFacts

CACHED_PARTIES = 16_384
"""Parties whose screening is kept. Policy."""

KEPT_READY = 8
"""Of what was in force at different moments, so many sets of lists are kept ready. Policy."""


class _Known(NamedTuple):
    found: Party | None
    digests: tuple[str, ...]
    screened: Party | None


class Screening:
    """Screens parties against the lists that some standing facts put in force.

    Args:
        standing: says which version of which list is in force, and where they are kept.
    """

    def __init__(self, standing: StandingFacts | Earlier) -> None:
        self._standing = standing
        self._kept = cast("Sequence[KeptLists]", standing.lists)
        self._ready: dict[tuple[str, ...], tuple[Matcher, ...]] = {}
        self._parties: dict[str, _Known] = {}
        self._news: int | None = None
        self._moments: list[dt.datetime] = []
        self._between: dict[int, tuple[str, ...]] = {}
        self.names = standing.ids("list")
        """The names of all lists that were ever in force; empty where no party is screened."""

    def in_force(self, moment: dt.datetime) -> list[ListVersion]:
        """Return the version of each list that is in force at a moment, by name."""
        at = self._standing.at
        found = (cast("ListVersion | None", at("list", name, moment)) for name in self.names)
        return [one for one in found if one is not None and one.digest and not one.retired]

    def party(self, id: str, found: Party | None, moment: dt.datetime) -> Party | None:
        """Return a party with what screening found at a moment; None where nothing is known of it.

        `lists_hit` is the lists that name it, beside those attested. It is empty only where every
        list in force could be held against something that is known of the party; otherwise what
        was attested stands, and if nothing was, it stays unknown.

        Raises:
            StorageError: `list_lost`, `list_altered`.
        """
        digests = self._digests(moment)
        if not digests:
            return found
        known = self._parties.get(id)
        if known is None or known.found is not found or known.digests != digests:
            if len(self._parties) >= CACHED_PARTIES:
                self._parties.clear()
            told = screened(found or Party(id=id), self._made_ready(digests))
            nothing = found is None and told == Party(id=id)
            known = self._parties[id] = _Known(found, digests, None if nothing else told)
        return known.screened

    def matchers(self, moment: dt.datetime) -> tuple[Matcher, ...]:
        """Return the lists in force at a moment, made ready; those used last stay so."""
        return self._made_ready(self._digests(moment))

    def _digests(self, moment: dt.datetime) -> tuple[str, ...]:
        if self._news != self._standing.news:
            self._look_again()
        place = bisect_right(self._moments, moment)
        found = self._between.get(place)
        if found is None:
            found = tuple(cast("str", one.digest) for one in self.in_force(moment))
            self._between[place] = found
        return found

    def _made_ready(self, digests: tuple[str, ...]) -> tuple[Matcher, ...]:
        found = self._ready.pop(digests, None) or tuple(map(self._matcher, digests))
        if len(self._ready) >= KEPT_READY:
            del self._ready[next(iter(self._ready))]
        self._ready[digests] = found
        return found

    def _look_again(self) -> None:
        """Find the moments between which the lists in force do not change."""
        stated = [one for name in self.names for one in self._standing.statements("list", name)]
        moments = {one.valid_from for one in stated}
        moments |= {one.valid_until for one in stated if one.valid_until is not None}
        self._moments, self._between = sorted(moments), {}
        self._news = self._standing.news

    def _matcher(self, digest: str) -> Matcher:
        for kept in self._kept:
            if kept.has(digest):
                return kept.matcher(digest)
        raise lost(digest)


def subject_of(party: Party) -> Subject:
    """Return what of a party can be held against a list."""
    return Subject(party.id, party.name, party.kind, party.identity, party.wallets or ())


def screened(party: Party, matchers: Sequence[Matcher]) -> Party:
    """Return a party with what some lists say of it."""
    subject = prepared(subject_of(party))
    results = [matcher.hold(subject) for matcher in matchers]
    matches: list[ListMatch] = [match for one in results for match in one.matches]
    complete = _complete(matchers, [one.complete for one in results])
    if not matches and not complete:
        return msgspec.structs.replace(party, list_matches=None) if party.list_matches else party
    hits = found_by(matches)
    return msgspec.structs.replace(
        party,
        list_matches=matches,
        lists_hit=list(dict.fromkeys([*(party.lists_hit or ()), *hits]))
        if hits or complete
        else party.lists_hit,
    )


def _complete(matchers: Sequence[Matcher], complete: Sequence[bool]) -> bool:
    """Tell whether a screening that found nothing shows that nothing is to be found.

    Every list with names needs the name. Beside such a list one of wallets or identifiers alone
    needs nothing more: no law asks everybody for a wallet.
    """
    named = [done for one, done in zip(matchers, complete, strict=True) if one.has_names]
    return all(named) if named else all(complete)
