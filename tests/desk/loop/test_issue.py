"""Permits written out: signed, and the same bytes whenever they are written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from vermilion.desk.desk import Desk
from vermilion.desk.loop.issue import Permits
from vermilion.errors import DataError, UsageError
from vermilion.facts.canonical import event_digest
from vermilion.permit import Claims, Verifier

from ..samples import received
from .samples import at, house, of, ordinary, price, resolution, sale, say

NOON = 1773115200


def text_of(desk: Desk) -> str:
    """Return the permit that the last event led to."""
    (permit,) = desk.permits
    return Permits(desk.book).text(*permit)


def verified(desk: Desk, text: str, now: float = NOON + 60) -> Claims:
    """Return what a permit says, verified under the book's key."""
    verifier = Verifier(desk.book.keys.permit_public_key)
    return verifier.verify(text, now, issuer=desk.book.keys.origin)


def test_it_says_what_was_decided(tmp_path: Path) -> None:
    """Event, judgement, rulebooks and conditions are those of the record."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        proposal = sale("p1", mode="lottery")
        (sealed,) = say(desk, proposal)
        claims = verified(desk, text_of(desk))
        written = b"[" + b",".join(one.written for one in sealed.judged.ruled) + b"]"
        assert claims.event.digest == event_digest(received(proposal).canonical)
        assert claims.judgement.digest == hashlib.sha256(written).hexdigest()
        assert claims.judgement.entry == sealed.entry
        assert [(one.id, one.verdict) for one in claims.rulebooks] == [("xx", "condition")]
        assert claims.conditions == ["XX-NOTE@1"]
        assert (claims.nbf, claims.exp, claims.event.subject) == (NOON, NOON + 86_400, "deal")
        assert claims.entry == desk.permits[0].entry


def test_it_is_the_same_whenever_it_is_written(tmp_path: Path) -> None:
    """Read back from the record after a restart a permit has the same bytes."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        say(desk, sale("p1"))
        text, permit = text_of(desk), desk.permits[0]
    with house(tmp_path / "b") as desk:
        permits = Permits(desk.book)
        assert permits.text(*permit) == text
        assert permits.find("deal", "//test") == tuple(permit)
        assert permits.find(f"{desk.book.keys.origin}/{permit.entry}") == tuple(permit)


def test_it_names_the_resolutions_on_it(tmp_path: Path) -> None:
    """A permit by release carries the digest of the release."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        released = resolution("r1", at(1), "olga", event=of("p1"))
        (_, sealed) = say(desk, sale("p1", price=price(1, "USD")), released)
        claims = verified(desk, text_of(desk), NOON + 3_600)
        (named,) = claims.resolutions
        assert named.entry == sealed.entry
        assert named.digest == event_digest(received(released).canonical)
        assert claims.rulebooks[0].verdict == "review"


def test_another_book_does_not_take_it(tmp_path: Path) -> None:
    """A permit of one book is none in another, by key and by name."""
    with house(tmp_path / "a") as first, house(tmp_path / "b") as second:
        ordinary(first)
        say(first, sale("p1"))
        with pytest.raises(DataError) as refused:
            verified(second, text_of(first))
        assert refused.value.code == "permit_key"


def test_no_digest_of_the_event_is_stored(tmp_path: Path) -> None:
    """A permit's entry does not tell the digest of the proposal, from which it could be guessed."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        say(desk, sale("p1"))
        digest = verified(desk, text_of(desk)).event.digest.encode()
        statements = b"".join(said for _, _, said in desk.book.record.statements())
        assert b'"permit":' in statements
        assert digest not in statements


def test_an_erased_proposal_has_no_permit_any_more(tmp_path: Path) -> None:
    """What was erased is not written out again, and a clear error says so."""
    with house(tmp_path / "b") as desk:
        ordinary(desk)
        say(desk, sale("p1"))
        desk.book.keys.destroy(f"class/transaction/{desk._now:%Y-%m}")
        with pytest.raises(UsageError, match="erased in part"):
            text_of(desk)


def test_an_unknown_one_is_told(tmp_path: Path) -> None:
    """A permit that was never issued is an error with a way on."""
    with house(tmp_path / "b") as desk:
        for id, source in [("deal", "//test"), ("x/1", None), (f"{desk.book.keys.origin}/y", None)]:
            with pytest.raises(UsageError, match="no permit"):
                Permits(desk.book).find(id, source)
