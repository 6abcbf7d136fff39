"""`vermilion permit`."""

from __future__ import annotations

import datetime as dt
import re
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click

from vermilion.cli.output import existing_book, moment, print_json
from vermilion.errors import DataError, UsageError
from vermilion.facts.canonical import event_digest
from vermilion.intake import MAX_LINE_BYTES, Received, Reject, read_events
from vermilion.intake.items import Fault
from vermilion.intake.strict import decode_event
from vermilion.pages.words import Language
from vermilion.permit import (
    MAX_PERMIT,
    MAX_SKEW,
    Claims,
    PermittedEvent,
    Verifier,
    jwk_of,
    parse_key,
    read_unverified,
)
from vermilion.record import KeyStore

_LANGUAGE = click.option(
    "--lang", type=click.Choice(["zh", "en"]), default="en", show_default=True, help="Language."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")

_WORDS = {
    "good": ("good: the signature verifies and the permit holds", "有效：签名无误，许可在有效期内"),
    "bad": ("not good", "无效"),
    "unverified": (
        "NOT verified: anybody can have written this. Verify it with --key of `permit verify`.",
        "未经验证：任何人都可能写出此内容。请用 `permit verify` 的 --key 验证。",
    ),
    "event": ("event", "事件"),
    "unheld": ("not held against the event", "未与事件核对"),
    "business": ("business", "业务"),
    "holds": ("holds", "有效期"),
    "until": ("until before", "至（不含）"),
    "book": ("book", "账簿"),
    "rulebook": ("rulebook", "规则集"),
    "condition": ("condition", "须守条件"),
    "resolution": ("resolution", "人工处理"),
    "entry": ("entry", "记录号"),
    "key": ("key", "密钥"),
}
_REASONS = {
    "permit_too_long": "许可过长",
    "permit_malformed": "格式不是许可",
    "permit_key": "由另一把密钥签发",
    "permit_altered": "签名不符：内容被改动，或并非该密钥所签",
    "permit_issuer": "由另一账簿签发",
    "permit_event": "针对另一事件，或事件内容已变",
    "permit_not_yet": "尚未生效",
    "permit_expired": "已过期",
}


@click.group("permit")
def command() -> None:
    """Verify and show permits, and hand out the key that verifies them."""


@command.command("verify")
@click.argument("permit")
@click.option("--key", required=True, help="The issuer's public key: a JWK, its `x`, or a file.")
@click.option("--event", type=click.Path(path_type=Path), help="File of the event it must be for.")
@click.option("--at", type=str, help="The moment to verify for, with offset; now if left out.")
@click.option(
    "--skew", default=0, show_default=True, help=f"Seconds clocks may differ, at most {MAX_SKEW}."
)
@click.option("--issuer", help="The book that must have issued it.")
@_LANGUAGE
@_JSON
def verify(
    permit: str,
    key: str,
    event: Path | None,
    at: str | None,
    skew: int,
    issuer: str | None,
    lang: Language,
    *,
    as_json: bool,
) -> None:
    """Tell whether PERMIT holds: its signature, its time, its book, its event.

    PERMIT is the text, a file, or - for stdin. Of several events in the file the one with the
    permit's source and id counts. Exits 1 if the permit is not good. That it was used before cannot
    be seen from it.
    """
    text, now, verifier = _text(permit), _moment(at), Verifier(parse_key(_key_text(key)))
    try:
        digest = None if event is None else _digest(event, read_unverified(text).claims.event)
        claims = verifier.verify(text, now, skew_seconds=skew, issuer=issuer, event_digest=digest)
    except DataError as error:
        if error.code not in _REASONS:
            raise
        _say_bad(error, lang, as_json=as_json)
        sys.exit(1)
    if as_json:
        print_json({"ok": True, "event_checked": digest is not None, "claims": claims})
        return
    click.echo(_word("good", lang) + ("" if digest else f"; {_word('unheld', lang)}"))
    _say(claims, verifier.kid, lang)


@command.command("show")
@click.argument("permit")
@click.option(
    "--book",
    type=click.Path(path_type=Path),
    help="The book that issued it: PERMIT is its jti, or a business by its subject with --source.",
)
@click.option("--source", help="The source of the business.")
@click.option("--compact", is_flag=True, help="Print the permit's text alone, to be handed on.")
@_LANGUAGE
@_JSON
def show(
    permit: str,
    book: Path | None,
    source: str | None,
    lang: Language,
    *,
    compact: bool,
    as_json: bool,
) -> None:
    """Show what PERMIT says, without verifying it, or write it out again from its book.

    PERMIT is the text, a file, or - for stdin; with --book the jti of a permit that it issued.
    """
    text = _text(permit) if book is None else _from_book(book, permit, source)
    if compact:
        click.echo(text)
        return
    found = read_unverified(text)
    if as_json:
        print_json({"verified": False, "kid": found.kid, "claims": found.claims})
        return
    click.echo(_word("unverified", lang))
    _say(found.claims, found.kid, lang)


@command.command("key")
@click.option("--book", required=True, type=click.Path(path_type=Path), help="The book's folder.")
def key(book: Path) -> None:
    """Print the public key that verifies a book's permits, as a JSON Web Key."""
    from vermilion.desk.book import require_book

    require_book(book)
    with closing(KeyStore.open(book / "keys")) as keys:
        print_json(jwk_of(keys.permit_public_key))


def _from_book(path: Path, id: str, source: str | None) -> str:
    """Return a permit as its book writes it out."""
    from vermilion.desk.loop.issue import Permits

    with existing_book(path) as book:
        permits = Permits(book)
        return permits.text(*permits.find(id, source))


def _text(permit: str) -> str:
    """Return a permit given as itself, as a file or on stdin; one character too many at most."""
    if permit == "-":
        return sys.stdin.read(MAX_PERMIT + 2).strip()
    # Every permit begins with the base64url of `{"alg"`.
    if permit.startswith("eyJhbGci"):
        return permit
    return _read(permit, "a permit")


def _key_text(key: str) -> str:
    if key.lstrip().startswith("{") or re.fullmatch("[A-Za-z0-9_-]{43}", key):
        return key
    return _read(key, "a public key")


def _read(path: str, what: str) -> str:
    try:
        with Path(path).open(encoding="ascii", errors="replace") as file:
            return file.read(MAX_PERMIT + 2).strip()
    except (OSError, ValueError) as error:
        message = f"`{path[:60]}` is neither {what} nor a file that can be read"
        raise UsageError("file_unreadable", message) from error


def _moment(at: str | None) -> float:
    return time.time() if at is None else moment(at).timestamp()


def _digest(path: Path, wanted: PermittedEvent) -> str:
    """Return the digest of the event that a file holds, or of that one of several.

    Raises:
        DataError: `permit_event`: none of several is the permit's; `event_unreadable`.
    """
    found: list[Received] = []
    rejects: list[Reject] = []
    for item in _events(path):
        if isinstance(item, Reject):
            rejects = rejects or [item]
            continue
        if (item.event.source, item.event.id) == (wanted.source, wanted.id):
            return event_digest(item.canonical)
        found = [*found[:1], item]
    if rejects:
        (reject,) = rejects
        where = f"{reject.file}:{reject.line}"
        raise DataError("event_unreadable", reject.reason, help=reject.remedy, where=where)
    if len(found) != 1:
        message = f"the permit is for the event `{wanted.id}`, which is not in `{path}`"
        raise DataError("permit_event", message)
    return event_digest(found[0].canonical)


def _events(path: Path) -> Iterator[Received | Reject]:
    """Yield the events of a file: one in JSON on as many lines as it likes, or one a line."""
    lines = read_events(path)
    if path.is_file() and path.stat().st_size <= MAX_LINE_BYTES:
        one = decode_event(b" ".join(path.read_bytes().splitlines()))
        if not isinstance(one, Fault):
            yield Received(*one, str(path), 1)
            return
    yield from lines


def _say_bad(error: DataError, language: Language, *, as_json: bool) -> None:
    if as_json:
        reason = {"code": error.code, "reason": error.message, "help": error.help}
        print_json({"ok": False, **reason})
        return
    said = error.message if language == "en" else f"{_REASONS[error.code]}（{error.message}）"
    click.echo(f"{_word('bad', language)}: {said}")
    if error.help:
        click.echo(f"  help: {error.help}")


def _say(claims: Claims, kid: str, language: Language) -> None:
    """Print what a permit says, a line for each thing; nothing in it steers the terminal."""
    event, entry = claims.event, _word("entry", language)
    lines = [
        ("event", f"{event.type} {event.id}, {event.source}"),
        ("business", event.subject),
        ("holds", f"{_utc(claims.nbf)} {_word('until', language)} {_utc(claims.exp)}"),
        ("book", f"{claims.iss}, {entry} {claims.entry:,}"),
        *(("rulebook", f"{one.id}@{one.digest[:12]}: {one.verdict}") for one in claims.rulebooks),
        *(("condition", one) for one in claims.conditions),
        *(("resolution", f"{entry} {one.entry:,}") for one in claims.resolutions),
        ("key", kid),
    ]
    for name, said in lines:
        clean = "".join(c if c.isprintable() else "?" for c in said)
        click.echo(f"  {_word(name, language)}: {clean}")


def _utc(seconds: int) -> str:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"{seconds} s"


def _word(name: str, language: Language) -> str:
    en, zh = _WORDS[name]
    return en if language == "en" else zh
