"""Permits: what is signed is what is verified, and nothing else is."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.errors import DataError, UsageError
from vermilion.permit import (
    MAX_PERMIT,
    MAX_SKEW,
    Claims,
    PermittedEvent,
    RulebookVerdict,
    SealedEntry,
    Verifier,
    jwk_of,
    parse_key,
    read_unverified,
    sign_permit,
    thumbprint,
)

from .samples import (
    CLAIMS,
    EXP,
    ISSUER,
    KEY,
    NBF,
    OTHER_KEY,
    PERMIT,
    RESOLVED,
    VERIFIER,
    refused,
    signed,
    tool,
    verified,
)

replace = msgspec.structs.replace

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
DIGEST = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
NUMBER = st.integers(0, 10**15 - 1)
ENTRY = st.builds(SealedEntry, entry=NUMBER, digest=DIGEST)


@st.composite
def all_claims(draw: st.DrawFn) -> Claims:
    """Return whatever a permit may say."""
    issuer = draw(st.from_regex(r"[A-Za-z0-9._~:/-]{1,12}", fullmatch=True))
    nbf, exp = sorted(draw(st.lists(NUMBER, min_size=2, max_size=2, unique=True)))
    verdict = st.sampled_from(["allow", "condition", "not_applicable", "review"])
    rulebook = st.builds(RulebookVerdict, id=TEXT, digest=DIGEST, verdict=verdict)
    rulebooks = draw(st.lists(rulebook, min_size=1, max_size=3))
    held = any(one.verdict == "review" for one in rulebooks)
    event = st.builds(PermittedEvent, source=TEXT, id=TEXT, subject=TEXT, type=TEXT, digest=DIGEST)
    return Claims(
        iss=issuer,
        jti=f"{issuer}/{draw(NUMBER)}",
        nbf=nbf,
        exp=exp,
        event=draw(event),
        judgement=draw(ENTRY),
        rulebooks=rulebooks,
        conditions=draw(st.lists(TEXT, max_size=3)),
        resolutions=draw(st.lists(ENTRY, min_size=int(held), max_size=2)),
    )


@given(all_claims())
def test_what_is_signed_is_what_is_verified(claims: Claims) -> None:
    """Any claims come out as they went in, within their time, and signing again gives the same."""
    permit = sign_permit(claims, KEY)
    asked = {"issuer": claims.iss, "event_digest": claims.event.digest}
    assert verified(permit, claims.nbf, **asked) == claims
    assert verified(permit, claims.exp - 1) == claims
    assert sign_permit(claims, KEY) == permit
    assert read_unverified(permit) == (VERIFIER.kid, claims)


def test_a_usual_permit_is_short() -> None:
    """A permit of one rulebook and one condition is shorter than a kilobyte."""
    assert len(PERMIT) < 1_000


def test_the_header_has_one_form() -> None:
    """The header is these bytes, with the key's thumbprint."""
    header = json.loads(tool.base64.urlsafe_b64decode(PERMIT.partition(".")[0] + "=="))
    kid = thumbprint(KEY.permit_public_key)
    assert header == {"alg": "EdDSA", "kid": kid, "typ": "vermilion-permit+jwt"}
    assert list(header) == ["alg", "kid", "typ"]


@pytest.mark.parametrize(
    ("now", "skew", "code"),
    [
        (NBF, 0, None),
        (EXP - 0.001, 0, None),
        (NBF - 0.001, 0, "permit_not_yet"),
        (EXP, 0, "permit_expired"),
        (NBF - 60, 60, None),
        (NBF - 61, 60, "permit_not_yet"),
        (EXP + 59, 60, None),
        (EXP + 60, 60, "permit_expired"),
        (NBF - MAX_SKEW - 1, MAX_SKEW, "permit_not_yet"),
        (EXP + MAX_SKEW, MAX_SKEW, "permit_expired"),
        (NBF - 3 * 86_400, MAX_SKEW, "permit_not_yet"),
        (EXP + 3 * 86_400, MAX_SKEW, "permit_expired"),
        (float("nan"), 0, "permit_not_yet"),
        (float("inf"), 0, "permit_expired"),
        (float("-inf"), MAX_SKEW, "permit_not_yet"),
    ],
)
def test_it_holds_from_its_first_second_until_just_before_its_end(
    now: float, skew: int, code: str | None
) -> None:
    """Seconds, minutes and days too early or too late; a reader's skew widens both ends alike."""
    if code is None:
        assert verified(PERMIT, now, skew_seconds=skew) == CLAIMS
    else:
        assert refused(PERMIT, now, skew_seconds=skew) == code


@pytest.mark.parametrize("skew", [-1, MAX_SKEW + 1, 86_400])
def test_no_reader_may_ask_for_days(skew: int) -> None:
    """Too great a skew is wrong use, even where the permit is good."""
    with pytest.raises(UsageError) as caught:
        verified(PERMIT, skew_seconds=skew)
    assert caught.value.code == "skew_out_of_range"


def test_a_permit_for_another_event_is_refused() -> None:
    """Replayed for another event, or for the same one with another fact, it does not pass."""
    assert verified(PERMIT, event_digest=CLAIMS.event.digest) == CLAIMS
    assert refused(PERMIT, event_digest=RESOLVED.judgement.digest) == "permit_event"
    assert refused(PERMIT, event_digest=CLAIMS.event.digest.upper()) == "permit_event"
    assert refused(PERMIT, event_digest="") == "permit_event"


def test_a_permit_of_another_book_is_refused() -> None:
    """Another origin under the same key does not pass, nor one that ours begins or ends with."""
    assert verified(PERMIT, issuer=ISSUER) == CLAIMS
    for issuer in (f"{ISSUER}0", ISSUER[:-1], "", f"{ISSUER}/1042"):
        assert refused(PERMIT, issuer=issuer) == "permit_issuer"


def test_a_permit_by_another_key_is_refused() -> None:
    """Each key's permits pass its own verifier alone."""
    other = sign_permit(CLAIMS, OTHER_KEY)
    assert refused(other) == "permit_key"
    assert Verifier(OTHER_KEY.permit_public_key).verify(other, NBF) == CLAIMS


def test_the_signature_comes_before_the_claims() -> None:
    """An altered permit is called altered, whatever nonsense its payload now says."""
    header, _, signature = PERMIT.split(".")
    for payload in (b"{", b"[" * 3_000, b"\xff\xfe", b'{"exp":NaN}'):
        assert refused(f"{header}.{tool.encode(payload)}.{signature}") == "permit_altered"


def test_a_permit_at_the_limit_is_signed_and_verified_and_none_beyond() -> None:
    """The limit holds at signing as at verifying, to the character."""
    lengths = set()
    for more in range(40):
        claims = replace(CLAIMS, conditions=["a" * 509] * 10 + ["a" * (300 + more)])
        length = len(signed(msgspec.json.encode(claims)))
        lengths.add(length)
        if length <= MAX_PERMIT:
            assert verified(sign_permit(claims, KEY)) == claims
            continue
        with pytest.raises(DataError) as caught:
            sign_permit(claims, KEY)
        assert caught.value.code == "permit_too_long"
    assert {MAX_PERMIT, MAX_PERMIT + 2} <= lengths
    assert refused("A" * MAX_PERMIT) == "permit_malformed"
    assert refused("A" * (MAX_PERMIT + 1)) == "permit_too_long"


@pytest.mark.parametrize(
    "changes",
    [
        {"nbf": -1},
        {"exp": 10**15},
        {"iss": "two words", "jti": "two words/1"},
        {"event": replace(CLAIMS.event, id="")},
        {"event": replace(CLAIMS.event, id="a" * 513)},
        {"event": replace(CLAIMS.event, digest="0" * 63)},
        {"judgement": replace(CLAIMS.judgement, digest="A" * 64)},
        {"judgement": replace(CLAIMS.judgement, entry=-1)},
        {"rulebooks": []},
        {"rulebooks": [replace(CLAIMS.rulebooks[0], verdict="deny")]},  # type: ignore[arg-type]
    ],
)
def test_what_no_reader_would_accept_is_not_signed(changes: dict[str, Any]) -> None:
    """Claims outside their bounds are refused at signing."""
    with pytest.raises(DataError) as caught:
        sign_permit(replace(CLAIMS, **changes), KEY)
    assert caught.value.code == "permit_malformed"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": NBF}, "does not come after"),
        ({"jti": f"{ISSUER}/01"}, "not the issuer and an entry"),
        ({"jti": f"{ISSUER}/"}, "not the issuer and an entry"),
        ({"jti": f"{ISSUER}/-1"}, "not the issuer and an entry"),
        ({"jti": "1042"}, "not the issuer and an entry"),
        ({"jti": f"{ISSUER}0/1042"}, "not the issuer and an entry"),
        ({"rulebooks": [replace(CLAIMS.rulebooks[0], verdict="review")]}, "without a resolution"),
    ],
)
def test_claims_that_contradict_themselves_are_not_made(
    changes: dict[str, Any], reason: str
) -> None:
    """A permit without duration, of no entry of its book, or over an open review is none."""
    with pytest.raises(ValueError, match=reason):
        replace(CLAIMS, **changes)


def test_the_entry_is_read_off_the_id() -> None:
    """A permit's own place in the record is the last part of its id."""
    assert CLAIMS.entry == 1042


class TestKeys:
    """Keys are handed out and read back as JSON Web Keys."""

    def test_thumbprint_of_the_standard(self) -> None:
        """The example key of RFC 8037 appendix A.3 has the thumbprint stated there."""
        key = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        assert jwk_of(key).x == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        assert thumbprint(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"

    def test_every_form_gives_the_same_key(self) -> None:
        """A whole JWK, one with what the standard asks for only, and `x` alone are read alike."""
        key = KEY.permit_public_key
        jwk = jwk_of(key)
        assert (jwk.alg, jwk.use, jwk.kid) == ("EdDSA", "sig", VERIFIER.kid)
        least = {"kty": "OKP", "crv": "Ed25519", "x": jwk.x, "key_ops": ["verify"]}
        for text in (msgspec.json.encode(jwk).decode(), json.dumps(least, indent=1), f"{jwk.x}\n"):
            assert parse_key(text) == key

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{}",
            "A" * 42,
            "A" * 42 + "B",
            "A" * 44,
            '{"kty":"OKP","crv":"X25519","x":"' + "A" * 43 + '"}',
            '{"kty":"EC","crv":"Ed25519","x":"' + "A" * 43 + '"}',
            '{"kty":"EC","crv":"P-256","x":"' + "A" * 43 + '"}',
            '{"kty":"OKP","crv":"Ed25519","x":7}',
        ],
    )
    def test_what_is_no_key_is_refused(self, text: str) -> None:
        """Another length, spelling, curve or kind of key is wrong use."""
        with pytest.raises(UsageError) as caught:
            parse_key(text)
        assert caught.value.code == "bad_key"
