"""Topics and the two digests they are made by."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.intake.evm.hashes import keccak256, sm3
from vermilion.intake.evm.topics import KECCAK, SIGNATURES, SM3, TOPIC_EVENTS, Event

VECTORS = Path("/work/shared/data/chain_vectors/event_topics.json")


def test_each_topic_is_the_digest_of_its_signature() -> None:
    """The table of topics is what Keccak-256 and SM3 make of the events' signatures."""
    assert set(SIGNATURES) == set(Event) - {Event.NONE}
    for event, signature in SIGNATURES.items():
        assert KECCAK[event] == keccak256(signature.encode()).hex()
        assert SM3[event] == sm3(signature.encode()).hex()
    assert len(TOPIC_EVENTS) == 2 * len(SIGNATURES)


def test_digests_of_known_answers() -> None:
    """Both digests give the answers that their publications print for short texts."""
    assert keccak256(b"").hex().startswith("c5d2460186f7233c927e7db2dcc703c0")
    assert keccak256(b"abc").hex().startswith("4e03657aea45a94fc7d47ba826c8d667")
    assert sm3(b"abc").hex().startswith("66c7f0f462eeedd9d1f2d46bdc10e4e2")


def test_topics_of_others() -> None:
    """38 events of public contracts have the topics that others computed, in both digests."""
    if not VECTORS.exists():
        pytest.skip("the topics that others computed are absent")
    groups = json.loads(VECTORS.read_text())["topics"]
    events = [one for group in groups.values() for one in group]
    assert len(events) == 38
    for one in events:
        assert keccak256(one["event"].encode()).hex() == one["keccak256"]
        assert sm3(one["event"].encode()).hex() == one["sm3"]


@given(st.binary(max_size=300))
def test_sm3_is_that_of_openssl(message: bytes) -> None:
    """SM3 agrees with OpenSSL on any message, around the edges of blocks too."""
    if "sm3" not in hashlib.algorithms_available:
        pytest.skip("this OpenSSL has no SM3")
    assert sm3(message) == hashlib.new("sm3", message).digest()
