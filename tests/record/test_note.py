"""Notes are those of C2SP signed-note and tlog-checkpoint."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vermilion.errors import DataError
from vermilion.record import note

from .conftest import load_vectors

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
"""The example key of Go's golang.org/x/mod/sumdb/note."""

QUOTE = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNATURE = (
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
)


def test_opens_gos_own_example() -> None:
    """The note in Go's documentation opens under its key."""
    whole = f"{QUOTE}\n— PeterNeumann {SIGNATURE}\n".encode()
    assert note.open_note(whole, note.parse_vkey(PETER)) == QUOTE


def test_signed_note_opens_and_names_its_key() -> None:
    """What is signed here opens here, is deterministic, and carries the key's id."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    who = note.verifier("example.com/book", key.public_key().public_bytes_raw())
    text = note.checkpoint_text("example.com/book", 7, bytes(32))
    signed = note.sign(text, key, who)
    assert signed == note.sign(text, key, who)
    assert note.open_note(signed, who) == text
    assert note.parse_vkey(who.vkey) == who
    assert note.parse_note(signed)[1][0][1][:4] == who.key_id


@pytest.mark.parametrize(
    "text",
    [
        "Log\n-1\nAAAA\n",
        "Log\n01\nAAAA\n",
        "Log\n1\nAA==\nrest",
        "\n1\nAAAA\n",
        "Log\n1\nAAB=\n",
        "Log\n99999999999999999999\nAAAA\n",
        "Log\n1\n",
    ],
)
def test_refuses_what_is_not_a_checkpoint(text: str) -> None:
    """A checkpoint has an origin, a canonical size and a canonical base64 root."""
    with pytest.raises(DataError, match=r"checkpoint|base64"):
        note.parse_checkpoint(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb", "x" * 256, "a\u2003b", "a\x00"])
def test_refuses_names_that_notes_cannot_carry(name: str) -> None:
    """A key name has no space, plus or control character and is neither empty nor very long."""
    with pytest.raises(DataError, match="key name"):
        note.check_name(name)


def test_published_notes() -> None:
    """Notes published by Go and C2SP open under each of their keys."""
    vectors = load_vectors("signed_note_vectors.json")
    for case in vectors["valid"]:
        for vkey in case["vkeys"]:
            text = note.open_note(case["note"].encode(), note.parse_vkey(vkey))
            assert case["note"].startswith(text + "\n")


def test_published_bad_notes() -> None:
    """Notes that Go's tests refuse are refused."""
    vectors = load_vectors("signed_note_vectors.json")
    bad = [case["note"].encode() for case in vectors["reject_with_peter_key"]]
    bad += [base64.b64decode(case["b64"]) for case in vectors["reject_note_bytes_base64"]]
    for whole in bad:
        with pytest.raises(DataError):
            note.open_note(whole, note.parse_vkey(PETER))


def test_published_keys() -> None:
    """Published Ed25519 keys are read and written back; others and malformed ones are refused."""
    vectors = load_vectors("signed_note_vectors.json")
    for vkey in vectors["vkeys_valid"]:
        if base64.b64decode(vkey.split("+", 2)[2])[0] == 1:
            assert note.parse_vkey(vkey).vkey == vkey
        else:
            with pytest.raises(DataError, match="not an Ed25519"):
                note.parse_vkey(vkey)
    for case in [*vectors["vkeys_invalid"], *vectors["vkeys_quirk"]]:
        with pytest.raises(DataError):
            note.parse_vkey(case["vkey"])


def test_published_checkpoints() -> None:
    """Checkpoints published by transparency-dev and C2SP are parsed, and bad ones refused."""
    vectors = load_vectors("checkpoint_witness_vectors.json")
    for text in vectors["checkpoint_parse_ok"]:
        assert note.parse_checkpoint(text).origin == "Log"
    for text in vectors["checkpoint_parse_bad"]:
        with pytest.raises(DataError):
            note.parse_checkpoint(text)
    key = note.parse_vkey(vectors["keys"]["monkeys"]["vkey"])
    for name, size in (("old", 5), ("new", 8)):
        text = note.open_note(vectors["consistent_pair"][name].encode(), key)
        assert note.parse_checkpoint(text).size == size
