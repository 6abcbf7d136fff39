"""Fixed answers for integration tests: the beginning of an event's id chooses; nothing is sealed.

The answers have the shape of real ones. Their permits are signed by a key that everybody has, so
that no verifier trusts them.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vermilion.desk.decision import (
    Decision,
    EventRef,
    Found,
    MissingFact,
    RulebookRef,
    RuleDecision,
)
from vermilion.desk.loop.issue import PermitLine
from vermilion.errors import DataError, Error, StorageError
from vermilion.facts.canonical import event_digest
from vermilion.facts.events import Event, event_type_of
from vermilion.intake import Received
from vermilion.permit import (
    Claims,
    PermittedEvent,
    RulebookVerdict,
    SealedEntry,
    sign_permit,
)
from vermilion.rulebook import PermitTerms, Verdict, Words
from vermilion.web.access.refusals import TakenError
from vermilion.web.problems import problem_of

ISSUER = "sandbox"
"""The `iss` of sandbox permits; no book is named so."""

RULEBOOK = RulebookRef("sandbox", hashlib.sha256(b"the sandbox's rulebook").hexdigest())

_MINUTES = PermitTerms().minutes
_ENCODE = msgspec.json.Encoder().encode


class SandboxKey:
    """Signs sandbox permits, with a key that stands here for everybody to see."""

    def __init__(self) -> None:
        seed = hashlib.sha256(b"vermilion sandbox: trust no permit of this key").digest()
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def permit_public_key(self) -> bytes:
        """The Ed25519 public key, 32 bytes."""
        return self._key.public_key().public_bytes_raw()

    def sign_permit_bytes(self, data: bytes) -> bytes:
        """Return the signature, 64 bytes."""
        return self._key.sign(data)


KEY = SandboxKey()


class Scene(NamedTuple):
    """What a kind of id is answered with: a verdict and, unless it is `allow`, how it came about."""

    verdict: Verdict = "allow"
    outcome: Found | None = None
    status: Literal["sealed", "duplicate"] = "sealed"


SCENES: dict[str, Scene] = {
    "allow": Scene(),
    "condition": Scene("condition", "hit"),
    "deny": Scene("deny", "hit"),
    "review": Scene("review", "hit"),
    "missing": Scene("review", "missing"),
    "duplicate": Scene(status="duplicate"),
}
"""Answers with a judgement, by what the id begins with before `-`."""

REFUSALS: dict[str, Callable[[Event], Error]] = {
    "conflict": lambda event: TakenError(
        "id_conflict",
        f"another event is recorded as `{event.id}` of `{event.source}`",
        help="give the event an id of its own; to correct an event, send a new one with its subject",
    ),
    "busy": lambda _: StorageError(
        "overloaded", "too much waits already", help="hold the event and ask again"
    ),
    "erased": lambda _: DataError(
        "erased",
        "the event is recorded already, and part of it was erased since",
        help="leave it out; what was erased cannot be answered again",
    ),
}
"""Answers without one."""


def sandbox_answer(received: Received) -> tuple[int, bytes]:
    """Return status and body of the answer to an event: `Judged`, or a problem.

    The same event has the same answer, byte for byte; no clock and no book is asked.
    """
    try:
        return 200, sandbox_judged(received)
    except Error as error:
        said = problem_of(error)
        return said.status, _ENCODE(said)


def sandbox_judged(received: Received) -> bytes:
    """Return the JSON of `Judged` that an event is answered with.

    Raises:
        Error: the event's id asks for a refusal.
    """
    event = received.event
    prefix = event.id.partition("-")[0] if "-" in event.id else ""
    if prefix in REFUSALS:
        raise REFUSALS[prefix](event)
    scene = SCENES.get(prefix, SCENES["allow"])
    named = EventRef(event.source, event.id, event_digest(received.canonical))
    decision = _ENCODE(_decision(event, named, scene))
    standing = _standing(event, scene)
    permit = None
    if standing == "permitted":
        permit = _permit(event, named, scene, decision)
    head = _ENCODE(
        {
            "entry": 0,
            "status": scene.status,
            "event": named,
            "standing": standing,
            "permit": permit,
            "findings": [],
        }
    )
    return b'%b,"decisions":[%b]}' % (head[:-1], decision)


def _standing(event: Event, scene: Scene) -> str:
    if event.stage != "proposed":
        return "withdrawn" if event.stage == "withdrawn" else "recorded"
    return {"deny": "denied", "review": "held"}.get(scene.verdict, "permitted")


def _decision(event: Event, named: EventRef, scene: Scene) -> Decision:
    rule = f"SB-{scene.verdict.upper()}"
    missing = []
    if scene.outcome == "missing":
        missing = [MissingFact("party.kyc.status", "sandbox:party:somebody", [f"{rule}@1"])]
    return Decision(
        event=named,
        as_of=event.time.date().isoformat(),
        rulebook=RULEBOOK,
        verdict=scene.verdict,
        passed=["SB-ALLOW@1"] if scene.outcome is None else [],
        rules=[] if scene.outcome is None else [_rule(rule, scene.verdict, scene.outcome)],
        missing=missing,
        features={},
    )


def _rule(id: str, verdict: Verdict, outcome: Found) -> RuleDecision:
    missing = outcome == "missing"
    return RuleDecision(
        id=id,
        version=1,
        outcome=outcome,
        verdict=verdict,
        mode="live",
        binds="policy",
        citations=_raw([_CITATION]),
        facts={} if missing else {"price.currency": "CNY"},
        missing=["buyer.kyc.status"] if missing else [],
        reason=_raw(_LACKING if missing else _FIXED),
        remedy=_raw(_REMEDY),
        question=_raw(_QUESTION if missing else None),
        open_question=_raw(_QUESTION if verdict == "review" and not missing else None),
        confidential=False,
    )


def _permit(event: Event, named: EventRef, scene: Scene, decision: bytes) -> PermitLine:
    begins = max(int(event.time.timestamp()), 0)  # a permit counts from 1970
    ends = begins + _MINUTES * 60
    subject = event.subject or event.id
    claims = Claims(
        iss=ISSUER,
        jti=f"{ISSUER}/0",
        nbf=begins,
        exp=ends,
        event=PermittedEvent(
            source=named.source,
            id=named.id,
            subject=subject,
            type=event_type_of(event),
            digest=named.digest,
        ),
        judgement=SealedEntry(entry=0, digest=hashlib.sha256(b"[%b]" % decision).hexdigest()),
        rulebooks=[
            RulebookVerdict(
                id=RULEBOOK.id,
                digest=RULEBOOK.digest,
                verdict=scene.verdict,  # type: ignore[arg-type]  # what is denied has no permit
            )
        ],
        conditions=["SB-CONDITION@1"] if scene.verdict == "condition" else [],
        resolutions=[],
    )
    expires = dt.datetime.fromtimestamp(ends, dt.UTC).isoformat()
    return PermitLine(
        claims.jti, named.source, named.id, subject, expires, sign_permit(claims, KEY)
    )


def _raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(_ENCODE(value))


_FIXED = Words("这是沙盒的固定答复。", "This is a fixed answer of the sandbox.")
_LACKING = Words("所需事实不全，不能判断。", "Facts that the answer needs are lacking.")
_REMEDY = Words(
    "换一个编号前缀，得到另一种答复。", "Begin the id in another way for another answer."
)
_QUESTION = Words("买方的身份核实了吗？", "Is the buyer's identity verified?")
_CITATION = {
    "instrument": "SB-TERMS",
    "title": Words("沙盒条款", "Terms of the sandbox"),
    "pinpoint": "1",
    "quote": "Nothing here is law.",
    "quote_sha256": hashlib.sha256(b"Nothing here is law.").hexdigest(),
    "essence": _FIXED,
    "binding": "O",
    "tier": "A",
    "status": "verified",
    "binds": "policy",
    "addressees": Words("连接平台的工程师", "engineers who connect a platform"),
    "in_force": {"from": "2020-01-01", "to": None},
}
