"""Permits under attack: no change of a permit makes another one that passes."""

from __future__ import annotations

import base64
import hmac
import time
import tracemalloc
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.errors import DataError, StorageError
from vermilion.permit import MAX_SKEW, Claims, Spent, read_unverified, sign_permit

from .samples import CLAIMS, EXP, KEY, NBF, PERMIT, outcome, refused, signed, tool, verified

CHARACTERS = [chr(code) for code in range(256)]
PAYLOAD = base64.urlsafe_b64decode(PERMIT.split(".")[1] + "==")
REFUSALS = {"permit_malformed", "permit_key", "permit_altered"}


@pytest.mark.parametrize("bit", range(8))
def test_every_flipped_bit_is_found(bit: int) -> None:
    """Flip one bit of any character: the permit is refused."""
    for place, character in enumerate(PERMIT):
        flipped = chr(ord(character) ^ 1 << bit)
        assert refused(f"{PERMIT[:place]}{flipped}{PERMIT[place + 1 :]}") in REFUSALS


@given(st.integers(0, len(PERMIT) - 1), st.sampled_from(CHARACTERS) | st.characters())
def test_every_other_character_is_found(place: int, character: str) -> None:
    """Put any character in the place of another: the permit is refused."""
    changed = f"{PERMIT[:place]}{character}{PERMIT[place + 1 :]}"
    assert changed == PERMIT or refused(changed) in REFUSALS


@given(st.integers(0, len(PERMIT)), st.text(min_size=1, max_size=4))
def test_everything_put_in_is_found(place: int, more: str) -> None:
    """Put anything anywhere between: the permit is refused."""
    assert refused(f"{PERMIT[:place]}{more}{PERMIT[place:]}") in REFUSALS


def test_truncated_at_every_length() -> None:
    """No beginning and no end of a permit is one."""
    for length in range(len(PERMIT)):
        assert refused(PERMIT[:length]) == "permit_malformed"
        assert refused(PERMIT[length + 1 :]) in REFUSALS


def test_no_character_of_the_signature_has_a_twin() -> None:
    """The four bits that base64 leaves over at the signature's end cannot be used."""
    last = PERMIT[-1]
    passed = [
        one
        for one in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        if one == last or refused(PERMIT[:-1] + one) not in REFUSALS
    ]
    assert passed == [last]


def test_ten_megabytes_are_refused_at_once() -> None:
    """A huge text is refused for its length, in no time and without a copy of it."""
    huge = PERMIT + "A" * 10_000_000
    tracemalloc.start()
    begin = time.process_time()
    assert refused(huge) == "permit_too_long"
    spent = time.process_time() - begin
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000
    assert spent < 0.1


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
@pytest.mark.parametrize("signature", ["", "A" * 86])
def test_algorithm_none(algorithm: str, signature: str) -> None:
    """A header that asks for no signature is not a permit's, with an empty one or any."""
    header = tool.encode(b'{"alg":"%b"}' % algorithm.encode())
    assert refused(f"{header}.{PERMIT.split('.')[1]}.{signature}") == "permit_malformed"


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_the_public_key_as_a_secret(algorithm: str) -> None:
    """A MAC under the public key, raw, as `x` or as a JWK, does not pass for a signature."""
    public_key = KEY.permit_public_key
    jwk = msgspec.json.encode(tool.jwk_of(public_key))
    header = base64.urlsafe_b64decode(PERMIT.partition(".")[0] + "==")
    other = tool.encode(header.replace(b"EdDSA", algorithm.encode()))
    for secret in (public_key, tool.encode(public_key).encode(), jwk):
        for first in (other, PERMIT.partition(".")[0]):
            text = f"{first}.{PERMIT.split('.')[1]}"
            mac = hmac.digest(secret, text.encode(), algorithm.replace("HS", "sha"))
            assert refused(f"{text}.{tool.encode(mac)}") in {"permit_malformed", "permit_altered"}


def test_parts_of_two_permits_make_none() -> None:
    """The payload of one and the signature of another do not pass together."""
    other = sign_permit(msgspec.structs.replace(CLAIMS, exp=EXP + 1), KEY)
    one, two = PERMIT.split("."), other.split(".")
    assert refused(f"{one[0]}.{two[1]}.{one[2]}") == "permit_altered"
    assert refused(f"{one[0]}.{one[1]}.{two[2]}") == "permit_altered"


@given(st.integers(0, len(PAYLOAD)), st.integers(0, len(PAYLOAD)), st.binary(max_size=6))
def test_a_signed_payload_passes_in_its_one_spelling_only(
    start: int, end: int, other: bytes
) -> None:
    """Whatever an issuer signs, what passes writes back to exactly the bytes that were signed."""
    payload = PAYLOAD[: min(start, end)] + other + PAYLOAD[max(start, end) :]
    found = outcome(signed(payload))
    if isinstance(found, DataError):
        assert found.code in {"permit_malformed", "permit_not_yet", "permit_expired"}
    else:
        assert msgspec.json.encode(found) == payload


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"NaN",
        b'"' + b"a" * 3_000 + b'"',
        b"[" * 5_000,
        b'{"a":' * 900 + b"1" + b"}" * 900,
        PAYLOAD.replace(b'"conditions":[', b'"conditions":' + b"[" * 4_000),
        PAYLOAD.replace(b'"nbf":', b'"nbf":' + b"9" * 4_000),
        PAYLOAD.replace(b'"nbf":', b'"nbf":-'),
        PAYLOAD.replace(b'"nbf":', b'"nbf":1e999,"nbf":'),
        PAYLOAD.replace(b"A-1", b"\xff\xfe", 1),
        PAYLOAD.replace(b"A-1", b"\\ud800", 1),
        PAYLOAD + PAYLOAD,
    ],
)
def test_hostile_json(payload: bytes) -> None:
    """Deep, huge, doubled, broken or other JSON is refused, signed or only looked at."""
    assert refused(signed(payload)) == "permit_malformed"
    with pytest.raises(DataError) as caught:
        read_unverified(signed(payload))
    assert caught.value.code == "permit_malformed"
    assert caught.value.message.isprintable()


def test_no_name_of_a_field_steers_a_terminal() -> None:
    """What a forger writes does not reach a message with its control characters."""
    with pytest.raises(DataError) as caught:
        read_unverified(signed(b'{"\\u001b[2Jgood":1}'))
    assert "[2Jgood" in caught.value.message
    assert caught.value.message.isprintable()


class TestSpent:
    """A permit is used once."""

    def test_the_same_permit_twice(self, tmp_path: Path) -> None:
        """The second use is refused, also by another process; another permit passes."""
        one, other = Spent(tmp_path / "spent.db"), Spent(tmp_path / "spent.db")
        one.spend(CLAIMS, NBF)
        for where in (one, other):
            assert self.code(where, CLAIMS, NBF + 60) == "permit_spent"
        other.spend(msgspec.structs.replace(CLAIMS, jti=f"{CLAIMS.iss}/1043"), NBF)
        one.close()
        assert self.code(Spent(tmp_path / "spent.db"), CLAIMS, EXP - 1) == "permit_spent"

    def test_it_is_remembered_as_long_as_it_may_pass(self, tmp_path: Path) -> None:
        """At the last second at which the greatest skew lets it pass, it is still known."""
        spent = Spent(tmp_path / "spent.db")
        spent.spend(CLAIMS, NBF)
        last = EXP + MAX_SKEW - 1
        assert verified(PERMIT, last, skew_seconds=MAX_SKEW) == CLAIMS
        assert self.code(spent, CLAIMS, last) == "permit_spent"
        assert refused(PERMIT, last + 1, skew_seconds=MAX_SKEW) == "permit_expired"

    def test_it_does_not_grow_for_ever(self, tmp_path: Path) -> None:
        """Expired permits are forgotten."""
        spent = Spent(tmp_path / "spent.db")
        for number in range(50):
            begin = NBF + number * 86_400
            claims = msgspec.structs.replace(
                CLAIMS, jti=f"{CLAIMS.iss}/{number}", nbf=begin, exp=begin + 3_600
            )
            spent.spend(claims, begin)
        assert spent._database.execute("SELECT count(*) FROM spent").fetchone() == (1,)

    def test_where_nothing_can_be_remembered_nothing_passes(self, tmp_path: Path) -> None:
        """A file that cannot be used is an error, at opening and later."""
        with pytest.raises(StorageError) as caught:
            Spent(tmp_path)
        assert caught.value.code == "spent_unusable"
        spent = Spent(tmp_path / "spent.db")
        spent._database.execute("DROP TABLE spent")
        with pytest.raises(StorageError) as caught:
            spent.spend(CLAIMS, NBF)
        assert caught.value.code == "spent_unusable"

    @staticmethod
    def code(spent: Spent, claims: Claims, now: float) -> str:
        """Return the code with which a use is refused."""
        with pytest.raises(DataError) as caught:
            spent.spend(claims, now)
        return caught.value.code
