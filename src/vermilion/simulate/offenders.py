"""Patterns of who takes part: unidentified, listed, financial, or too young."""

from __future__ import annotations

import datetime as dt
from typing import Any

from vermilion.facts.entities import Kyc, KycStatus, Party
from vermilion.facts.events import Event
from vermilion.simulate.scene import Scene, by

_ADULT = 34
_DAY = dt.timedelta(days=1)
_NOT_VERIFIED: tuple[KycStatus, ...] = ("none", "pending", "failed")


def unverified_buyer(event: Event, scene: Scene) -> Event:
    """Nobody checked who the buyer or recipient is."""
    status = _NOT_VERIFIED[scene.number % 3]
    return by(event, _person(scene, "u", _ADULT, kyc=Kyc(status=status)))


def expired_identity(event: Event, scene: Scene) -> Event:
    """The buyer's or recipient's identity document has expired."""
    ended = scene.day - _DAY * (1 + scene.number % 90)
    return by(event, _person(scene, "e", _ADULT, kyc=Kyc(status="verified", expires_on=ended)))


def listed_party(event: Event, scene: Scene) -> Event:
    """The buyer, recipient or payer stands on a sanctions list."""
    who = _person(
        scene, "l", _ADULT, id=f"listed:party:{scene.ring + 1}", lists_hit=["样例制裁名单"]
    )
    return by(event, who)


def member_invests(event: Event, scene: Scene) -> Event:
    """A bank or broker buys or holds collectibles as an investment."""
    return by(event, scene.member, purpose="investment")


def controlled_company_invests(event: Event, scene: Scene) -> Event:
    """A company that a bank or broker controls buys or holds collectibles as an investment."""
    return by(event, scene.controlled, purpose="investment")


def child_buys(event: Event, scene: Scene) -> Event:
    """A child of seven buys."""
    return by(event, _person(scene, "c", 7, self_supporting=False, guardian_consents=[]))


def minor_without_consent(event: Event, scene: Scene) -> Event:
    """A minor of fifteen buys without a guardian's consent."""
    return by(event, _person(scene, "m", 15, self_supporting=False, guardian_consents=[]))


def _person(scene: Scene, mark: str, age: int, **facts: Any) -> Party:
    """Return a person of an age on the scene's day, identified unless told otherwise."""
    birthday = dt.date(scene.day.year - age, scene.day.month, min(scene.day.day, 28))
    known: dict[str, Any] = {
        "id": f"guest:party:{mark}{scene.number}",
        "kind": "person",
        "controlled_by": [],
        "kyc": Kyc(status="verified", expires_on=scene.day + 500 * _DAY),
        "birth_date": birthday - _DAY * (scene.number * 7 % 300),
        "lists_hit": [],
    }
    return Party(**(known | facts))
