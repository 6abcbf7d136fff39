"""docs/record-format.md tells the bytes as they are written."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import re
import secrets
import struct
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from zlib import crc32

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vermilion.record import KeyStore, Record, Section
from vermilion.record import log as module

PAGE = Path(__file__).parents[2] / "docs" / "record-format.md"


def counting(length: int) -> bytes:
    """Give bytes that count up from zero, in place of random ones."""
    return bytes(n % 256 for n in range(length))


def dump(data: bytes) -> str:
    """Write bytes as offset, hex and text, sixteen to a line."""
    rows = []
    for at in range(0, len(data), 16):
        row = data[at : at + 16]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        rows.append(f"{at:04x}  {row.hex(' '):<47}  {text}")
    return "\n".join(rows)


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The page's record: one entry, with counting bytes for random ones and fixed times."""
    monkeypatch.setattr(secrets, "token_bytes", counting)
    monkeypatch.setattr(os, "urandom", counting)
    made = int.from_bytes(counting(6), "big") * 1_000_000
    monkeypatch.setattr("vermilion.record.keys.time_ns", lambda: made)
    monkeypatch.setattr(module, "_now", lambda: "2026-11-22T14:00:00.123Z")
    keys = KeyStore.create(tmp_path / "keys", "example.com/book")
    record = Record.create(tmp_path / "record", keys, "example.com/book")
    sections = [Section("class/transaction/2026-11", b"hello")]
    record.append("judgement", b'{"verdict":"deny"}', sections, {"event": b"sale"})
    record.commit()
    record.close()
    keys.close()
    return (tmp_path / "record" / "000000000000.log").read_bytes()


def test_page_shows_the_bytes_that_are_written(example: bytes) -> None:
    """The page's hex dump is the file that its example writes."""
    shown = re.search(r"```hexdump\n(.*?)\n```", PAGE.read_text(), re.DOTALL)
    assert shown
    assert shown[1] == dump(example)


def test_page_is_enough_to_read_a_record(example: bytes) -> None:
    """Following the page with nothing but public libraries gives entry, commitment and root."""
    line, rest = example.split(b"\n", 1)
    assert line == b"vermilion-record/1 example.com/book 0"
    mark, length, body_length, crc = struct.unpack(">cHII", rest[:11])
    leaf, rest = rest[11 : 11 + length], rest[11 + length :]
    blob, rest = rest[:body_length], rest[body_length:]
    assert (mark, crc) == (b"E", crc32(leaf))
    envelope = json.loads(leaf)
    (section,) = envelope["sections"]
    assert section == {
        "key": counting(16).hex(),
        "size": len(blob),
        "sha256": sha256(blob).hexdigest(),
    }
    key = counting(48)[16:]
    plain = AESGCM(key).decrypt(blob[:12], blob[12:], b"example.com/book\n0\n0\n")
    salt, content = plain[:16], plain[16:]
    assert content == b"hello"
    commitment = sha256(sha256(salt).digest() + b"sale").hexdigest()
    assert envelope["commitments"] == {"event": commitment}
    mark, length = struct.unpack(">cH", rest[:3])
    assert (mark, len(rest)) == (b"C", 3 + length)
    text, signature = rest[3:].decode().split("\n\n")
    root = base64.b64encode(sha256(b"\0" + leaf).digest()).decode()
    assert text == f"example.com/book\n1\n{root}"
    dash, name, encoded = signature.rstrip("\n").split(" ")
    public = Ed25519PrivateKey.from_private_bytes(counting(32)).public_key()
    raw = base64.b64decode(encoded)
    assert (dash, name) == ("—", "example.com/book")
    assert raw[:4] == sha256(b"example.com/book\n\x01" + public.public_bytes_raw()).digest()[:4]
    public.verify(raw[4:], f"{text}\n".encode())


class TestProgram:
    """The page's program verifies a record with public libraries only."""

    @pytest.fixture
    def told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[dict[str, bytes]], str]:
        """Run the program over files of a record; what it cannot verify raises."""
        (program,) = re.findall(
            r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE
        )
        code = compile(program, "verify_record.py", "exec")

        def run(files: dict[str, bytes]) -> str:
            for name, content in files.items():
                (tmp_path / name).write_bytes(content)
            monkeypatch.setattr(sys, "argv", ["verify_record.py", str(tmp_path), self.vkey])
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(code, {})
            return out.getvalue()

        return run

    @pytest.fixture
    def segments(self, tmp_path: Path) -> dict[str, bytes]:
        """Return the files of a record of eleven entries, in groups and several segments."""
        keys = KeyStore.create(tmp_path / "made" / "keys", "example.com/book")
        record = Record.create(
            tmp_path / "made" / "record", keys, "example.com/book", segment_bytes=1_500
        )
        for group in (1, 2, 3, 1, 4):
            for n in range(group):
                sections = [Section("a", b"x" * n), Section("b", b"y")][: n + 1]
                record.append("judgement", b'{"n":%d}' % n, sections, {"event": b"sale"})
            record.commit()
        record.close()
        self.vkey = keys.verifier.vkey
        keys.close()
        return {one.name: one.read_bytes() for one in (tmp_path / "made" / "record").glob("*.log")}

    def test_a_whole_record(self, segments: dict[str, bytes], told: Callable[..., str]) -> None:
        """It tells the number of entries and the last checkpoint."""
        assert len(segments) > 1
        assert told(segments).startswith(
            "11 entries verified; the last checkpoint:\nexample.com/book\n11\n"
        )

    def test_any_changed_byte(self, segments: dict[str, bytes], told: Callable[..., str]) -> None:
        """No byte can be changed, anywhere, without its noticing."""
        for name, content in segments.items():
            for place in range(0, len(content), 7):
                changed = bytearray(content)
                changed[place] ^= 1
                with pytest.raises((SystemExit, Exception)):
                    told(segments | {name: bytes(changed)})

    def test_what_is_lacking(self, segments: dict[str, bytes], told: Callable[..., str]) -> None:
        """A frame that is cut off, a segment that is gone and a foreign key are noticed."""
        first, *_, last = sorted(segments)
        for name in (first, last):
            with pytest.raises((SystemExit, Exception)):
                told(segments | {name: segments[name][:-1]})
        with pytest.raises(SystemExit, match="lacking"):
            told(segments | {first: segments[last]})
        self.vkey = self.vkey.replace("+", "+0", 1)
        with pytest.raises(SystemExit, match="another key"):
            told(segments)
