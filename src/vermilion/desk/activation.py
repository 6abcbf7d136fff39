"""Put a rulebook in force in a book: by the operator's process, or by officers who sign for it.

Who must sign is said by the profile that is in force, not by the one that is to come, so that
nobody lowers the bar by editing the book's configuration. A rulebook that is new to a book follows
an active profile that asks for two people, if there is one, and otherwise its own.

An activation is an entry in the record; so is the first of two people's approvals. What is active
and what waits is folded from these entries into the state.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vermilion.errors import RulebookError, UsageError
from vermilion.record import Section
from vermilion.rulebook import (
    Engine,
    Profile,
    Rulebook,
    find_rulebook,
    load_configuration,
    load_rulebook,
    shipped_rulebooks,
)
from vermilion.rulebook.overlay import load_with_overlay
from vermilion.rulebook.yaml_source import Source

if TYPE_CHECKING:
    from vermilion.desk.book import Book
    from vermilion.store import Rows

ACTIVATION = "activation"
REQUEST = "activation_request"
"""Kinds of entries: a rulebook put in force, and the first of two people's approvals of one."""

_ACTIVE = b"A"
_WAITING = b"a"
_ENCODE = msgspec.json.Encoder(order="sorted").encode


class Approval(msgspec.Struct, frozen=True):
    """One officer's consent: `key` is the public key, `signature` over `signed_text`; in base64."""

    officer: str
    key: str | None = None
    signature: str | None = None


class Activation(msgspec.Struct, frozen=True):
    """What an entry states: which digest took the place of which, and who approved.

    `after` is the index of the entry that made `previous` active. `by` is the officer who
    completed it; None is the operator's process.
    """

    rulebook: str
    digest: str
    previous: str | None = None
    after: int | None = None
    by: str | None = None
    signatures: list[Approval] = []


class Active(msgspec.Struct, frozen=True):
    """The digest in force under a rulebook's id, and the index of the entry that says so."""

    digest: str
    entry: int


def active(rows: Rows, rulebook: str) -> Active | None:
    """Return what is in force under a rulebook's id; None where nothing ever was."""
    row = rows.get(_ACTIVE + rulebook.encode())
    return None if row is None else msgspec.json.decode(row, type=Active)


def all_active(rows: Rows) -> list[str]:
    """Return the digests in force, in order of the rulebooks' ids."""
    return [msgspec.json.decode(row, type=Active).digest for _, row in rows.scan(_ACTIVE)]


def waiting(rows: Rows, rulebook: str) -> Activation | None:
    """Return the approval that waits for a second person, if it still fits what is in force."""
    row = rows.get(_WAITING + rulebook.encode())
    if row is None:
        return None
    found = msgspec.json.decode(row, type=Activation)
    standing = active(rows, rulebook)
    return found if found.after == (None if standing is None else standing.entry) else None


def note(rows: Rows, kind: str, statement: bytes, index: int) -> None:
    """Fold an entry of one of the two kinds into the rows; the caller keeps them."""
    said = msgspec.json.decode(statement, type=Activation)
    name = said.rulebook.encode()
    if kind == REQUEST:
        rows.put(_WAITING + name, _ENCODE(said))
        return
    rows.put(_ACTIVE + name, _ENCODE(Active(said.digest, index)))
    rows.delete(_WAITING + name)


def activate(book: Book, engine: Engine, approval: Approval | None = None) -> Activation | None:
    """Put a rulebook in force, or record the first of two approvals; durable on return.

    Args:
        book: the book.
        engine: the rulebook and profile that are to judge.
        approval: an officer's consent; None where the operator's process asks.

    Returns:
        What was recorded, with one signature where it waits for a second; None where that rulebook
        is in force already.

    Raises:
        UsageError: `not_activated`: it takes officers; `not_an_officer`, `not_allowed`, `unsigned`,
            `bad_signature`, `key_unlisted`, `same_person`.
        StorageError: the rulebook in force is lost or altered, or the record cannot be written.
    """
    rows, rulebook = book.state.rows, engine.rulebook.id
    standing = active(rows, rulebook)
    if standing is not None and standing.digest == engine.digest:
        return None
    profile = _in_charge(book, engine)
    takes_two = needs_two(book, engine)
    if approval is None and takes_two:
        raise _not_activated(book, rulebook)
    text = signed_text(book, engine)
    approvals = [] if approval is None else [_checked(approval, profile, text)]
    first = waiting(rows, rulebook)
    if takes_two and first is not None and first.digest == engine.digest:
        approvals = [*(_checked(one, profile, text) for one in first.signatures), *approvals]
        _refuse_same(approvals)
    complete = len(approvals) >= 2 or not takes_two
    said = Activation(
        rulebook=rulebook,
        digest=engine.digest,
        previous=None if standing is None else standing.digest,
        after=None if standing is None else standing.entry,
        by=None if approval is None else approval.officer,
        signatures=approvals,
    )
    book.keep(engine)
    _record(book, ACTIVATION if complete else REQUEST, said, engine.profile)
    return said


def needs_two(book: Book, engine: Engine) -> bool:
    """Tell whether it takes two people to put a rulebook in force."""
    return "activation" in _in_charge(book, engine).two_people


def signed_text(book: Book, engine: Engine) -> bytes:
    """Return the bytes that an officer signs.

    They name the record, the rulebook, the digest, and the activation that it follows, so that a
    signature fits one book and one place in its history.
    """
    standing = active(book.state.rows, engine.rulebook.id)
    follows = "-\n-" if standing is None else f"{standing.digest}\n{standing.entry}"
    lines = (book.keys.origin, engine.rulebook.id, engine.digest, follows)
    return ("vermilion activation 1\n" + "".join(f"{line}\n" for line in lines)).encode()


def approve(text: bytes, officer: str, key: Ed25519PrivateKey | None) -> Approval:
    """Return an officer's consent, signed where there is a key."""
    if key is None:
        return Approval(officer)
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    return Approval(officer, public, base64.b64encode(key.sign(text)).decode())


def rulebooks_of(book: Path | None, names: Sequence[str]) -> list[Rulebook]:
    """Load rulebooks by name, each with the overlay that a book, if there is one, has for it.

    Raises:
        UsageError: there is no such rulebook.
        RulebookError: a rulebook or overlay is malformed, does not fit, or is for no rulebook.
    """
    folders = [(_id(folder), folder) for folder in map(find_rulebook, dict.fromkeys(names))]
    overlays = {} if book is None else overlays_of(book, [id for id, _ in folders])
    return [
        load_with_overlay(folder, overlays[id]) if id in overlays else load_rulebook(folder)
        for id, folder in folders
    ]


def overlays_of(book: Path, known: Sequence[str] = ()) -> dict[str, Path]:
    """Return a book's overlay folders by the id of the rulebook that each is for.

    Raises:
        RulebookError: `overlay_unclaimed`: something in `overlay/` is for no rulebook.
    """
    place = book / "overlay"
    if not place.is_dir():
        return {}
    ids = {*known, *shipped_rulebooks()}
    if (book / "book.yaml").is_file():
        ids |= {
            _id(find_rulebook(name)) for name in load_configuration(book / "book.yaml").rulebooks
        }
    found = {}
    for path in sorted(place.iterdir()):
        if path.is_dir() and path.name in ids:
            found[path.name] = path
        elif path.is_dir() or path.suffix in {".yaml", ".yml"}:
            raise RulebookError(
                "overlay_unclaimed",
                f"`{path.name}` is for no rulebook",
                help=f"put it into a folder named after one: {', '.join(sorted(ids))}",
                where=f"overlay/{path.name}",
            )
    return found


def _id(folder: Path) -> str:
    """Return the id that a rulebook's heading gives; its shape is checked when it is loaded."""
    data = Source(folder / "rulebook.yaml").data
    return str(data.get("id")) if isinstance(data, dict) else ""


def _in_charge(book: Book, engine: Engine) -> Profile:
    """Return the profile that says who must approve."""
    rows = book.state.rows
    standing = active(rows, engine.rulebook.id)
    if standing is not None:
        return book.kept(standing.digest).profile
    for _, row in rows.scan(_ACTIVE):
        profile = book.kept(msgspec.json.decode(row, type=Active).digest).profile
        if "activation" in profile.two_people:
            return profile
    return engine.profile


def _checked(approval: Approval, profile: Profile, text: bytes) -> Approval:
    """Return an approval with the key that the profile lists, in its one spelling.

    Refuses one by somebody who may not give it, or that is not signed by them.
    """
    id = approval.officer
    officer = next((one for one in profile.officers if one.id == id), None)
    if profile.officers and officer is None:
        names = ", ".join(one.id for one in profile.officers)
        raise _refused("not_an_officer", f"`{id}` is no officer of the profile in force", names)
    if officer is not None and officer.may is not None and "activation" not in officer.may:
        raise _refused("not_allowed", f"`{id}` may not activate", ", ".join(officer.may))
    listed = None if officer is None else officer.key
    if listed is None:
        if approval.key is not None or approval.signature is not None:
            raise _refused("key_unlisted", f"the profile in force lists no key of `{id}`")
        return approval
    if approval.signature is None:
        raise _refused("unsigned", f"`{id}` has a key, so the approval is signed with it", "--key")
    key = base64.b64decode(listed)
    try:
        signature = base64.b64decode(approval.signature)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text)
    except (InvalidSignature, ValueError):
        raise _refused("bad_signature", f"this is not the signature of `{id}` under this") from None
    return Approval(id, base64.b64encode(key).decode(), base64.b64encode(signature).decode())


def _refuse_same(approvals: Sequence[Approval]) -> None:
    """Refuse two approvals by one person: one id, or one key under two ids or spellings."""
    keys = [base64.b64decode(one.key) for one in approvals if one.key is not None]
    ids = [one.officer for one in approvals]
    if len(set(ids)) < len(ids) or len(set(keys)) < len(keys):
        raise _refused("same_person", f"`{ids[-1]}` approved already, and it takes two people")


_HELPS = {
    "not_an_officer": "the profile in force names: {}",
    "not_allowed": "the profile in force allows: {}",
    "key_unlisted": "leave the key out, or put its public part into book.yaml and activate that",
    "unsigned": "name the file of the key with {}",
    "bad_signature": "sign with the key that the profile in force lists, for this book and digest",
    "same_person": "another officer approves with the same command",
}


def _refused(code: str, message: str, more: str = "") -> UsageError:
    return UsageError(code, message, help=_HELPS[code].format(more))


def _not_activated(book: Book, rulebook: str) -> UsageError:
    return UsageError(
        "not_activated",
        f"rulebook `{rulebook}` or the profile changed, and it takes two people to activate that",
        help=f"run `vermilion rules activate --book {book.path} --rulebook {rulebook} --officer ID`,"
        " once by each of two officers",
    )


def _record(book: Book, kind: str, said: Activation, profile: Profile) -> None:
    statement, content = msgspec.json.encode(said), _ENCODE(profile)
    sections = [Section("class/activation", content)]
    index = book.record.append(kind, statement, sections, {"profile": content})
    book.record.commit()
    book.note_activation(kind, statement, index)
    book.state.apply({}, (), book.record.size)
