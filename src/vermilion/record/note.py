"""Write and open signed notes and the checkpoints inside them.

Formats: C2SP signed-note v1.0.0 and tlog-checkpoint v1.0.0 (https://c2sp.org), Ed25519 only
(signature type 0x01). Notes written here open in other people's tools, and theirs open here.
"""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vermilion.errors import DataError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MAX_SIGNATURES = 100
"""More signature lines are refused, as Go's reference implementation does."""

_ED25519 = b"\x01"
_SIGNATURE_LINE = re.compile("— ([^ +]+) ([A-Za-z0-9+/=]+)")
_SIZE = re.compile("0|[1-9][0-9]{0,18}")


class Verifier(NamedTuple):
    """Whose signature a note must carry: a key name, its 4-byte id and the 32-byte public key."""

    name: str
    key_id: bytes
    public_key: bytes

    @property
    def vkey(self) -> str:
        """The text form in which a log's key is handed to others: name+id+base64 key."""
        key = base64.b64encode(_ED25519 + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"


class CheckpointText(NamedTuple):
    """What a checkpoint says: which log, how many leaves, under which root."""

    origin: str
    size: int
    root: bytes


def check_name(name: str) -> None:
    """Refuse a key name that a signed note cannot carry.

    Raises:
        DataError: `bad_note`: it is empty, longer than 255 bytes or has a space, plus or control.
    """
    plain = name.isprintable() and not any(c.isspace() or c == "+" for c in name)
    if not name or not plain or len(name.encode()) > 255:
        raise _bad(f"key name `{name}` is empty, too long, or has a space, plus or control")


def verifier(name: str, public_key: bytes) -> Verifier:
    """Make the verifier for an Ed25519 public key of 32 bytes."""
    key_id = sha256(name.encode() + b"\n" + _ED25519 + public_key).digest()[:4]
    return Verifier(name, key_id, public_key)


def parse_vkey(vkey: str) -> Verifier:
    """Read the text form of a key.

    Raises:
        DataError: `bad_note`: it is malformed, not Ed25519, or its id does not belong to its key.
    """
    name, _, rest = vkey.partition("+")
    key_id, _, encoded = rest.partition("+")
    check_name(name)
    key = _decode(encoded)
    if len(key) != 33 or key[:1] != _ED25519:
        raise _bad("the key is not an Ed25519 public key")
    made = verifier(name, key[1:])
    if made.key_id.hex() != key_id:
        raise _bad("the key's id does not belong to its name and key")
    return made


def sign(text: str, signer: Ed25519PrivateKey, name: Verifier) -> bytes:
    """Sign a note's text, which ends in a newline, and return the whole note.

    Ed25519 is deterministic: the same text and key give the same bytes.
    """
    signature = base64.b64encode(name.key_id + signer.sign(text.encode())).decode()
    return f"{text}\n— {name.name} {signature}\n".encode()


def open_note(note: bytes, trusted: Verifier) -> str:
    """Return the text of a note that carries a good signature by the trusted key.

    Signature lines of other keys are ignored, as the specification asks.

    Raises:
        DataError: `bad_note`: malformed, not signed by the key, or signed wrongly.
    """
    text, signatures = parse_note(note)
    known = [s for name, s in signatures if name == trusted.name and s[:4] == trusted.key_id]
    if not known:
        raise _bad(f"the note carries no signature by `{trusted.name}`")
    for signature in known:
        _check(signature[4:], text, trusted)
    return text


def parse_note(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Return a note's text and, for each signature line, key name and key id || signature.

    No signature is checked.

    Raises:
        DataError: `bad_note`: malformed.
    """
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise _bad("the note is not UTF-8") from None
    if any(c < " " and c != "\n" for c in whole):
        raise _bad("the note has a control character")
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise _bad("the note has no signature lines")
    rows = lines[:-1].split("\n")
    if len(rows) > MAX_SIGNATURES:
        raise _bad(f"the note has more than {MAX_SIGNATURES} signatures")
    return text + "\n", [_signature(row) for row in rows]


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Write a checkpoint's three lines: origin, tree size, root in base64."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def parse_checkpoint(text: str) -> CheckpointText:
    """Read a checkpoint's first three lines; extension lines after them are allowed.

    Raises:
        DataError: `bad_note`: the text is not a checkpoint.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise _bad("the note's text is not a checkpoint")
    return CheckpointText(lines[0], int(lines[1]), _decode(lines[2]))


def _signature(line: str) -> tuple[str, bytes]:
    match = _SIGNATURE_LINE.fullmatch(line)
    signature = _decode(match[2]) if match else b""
    if not match or len(signature) < 5:
        raise _bad("the note has a malformed signature line")
    return match[1], signature


def _check(signature: bytes, text: str, trusted: Verifier) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(trusted.public_key).verify(signature, text.encode())
    except InvalidSignature:
        raise _bad(f"the signature by `{trusted.name}` is wrong") from None


def _decode(text: str) -> bytes:
    """Decode base64 and refuse any other spelling of the same bytes."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _bad("base64 is malformed") from None
    if base64.b64encode(data).decode() != text:
        raise _bad("base64 is not canonical")
    return data


def _bad(message: str) -> DataError:
    return DataError("bad_note", message)
