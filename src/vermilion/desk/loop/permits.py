"""Permits as the record has them: who was permitted what, until when, and by which resolutions."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from vermilion.desk.loop.rows import Answer, Issued, Proposal
from vermilion.rulebook import PermitTerms

KIND = "permit"


class Named(msgspec.Struct, frozen=True):
    """An event by its name, and the index of its entry."""

    source: str
    id: str
    entry: int


class PermitSaid(msgspec.Struct, frozen=True):
    """What the entry of a permit states in clear.

    `event` is the proposal and `subject` its business of that `type`; `nbf` and `exp` are epoch
    seconds, from and up to which it holds. No digest of the proposal stands here, so that nobody
    can guess what was erased; the permit itself is derived again from the proposal's entry.
    """

    event: Named
    type: str
    subject: str
    nbf: int
    exp: int
    key: str
    """RFC 7638 thumbprint of the public key that verifies it."""
    resolutions: list[Named]


class PermitStatement(msgspec.Struct, frozen=True):
    """The statement of an entry of kind `permit`."""

    permit: PermitSaid


def permit_for(
    row: Proposal,
    answers: Sequence[Answer],
    *,
    event_type: str,
    subject: str,
    terms: PermitTerms,
    key: str,
) -> PermitSaid:
    """Return what is permitted: a proposal as it stands, from its time or that of what freed it on.

    It ends no later than the resolutions on it do.
    """
    nbf = max([row.at, *(one.at for one in answers)])
    ends = [one.until for one in answers if one.until is not None]
    resolutions = {
        entry: Named(*name, entry)
        for one in answers
        for name, entry in zip(one.names, one.entries, strict=True)
    }
    return PermitSaid(
        event=Named(*row.name, row.entry),
        type=event_type,
        subject=subject,
        nbf=nbf,
        exp=min([nbf + terms.minutes * 60, *ends]),
        key=key,
        resolutions=[resolutions[entry] for entry in sorted(resolutions)],
    )


def issued(said: PermitSaid, entry: int) -> Issued:
    """Return a permit as the state keeps it."""
    return Issued(entry, said.nbf, said.exp)
