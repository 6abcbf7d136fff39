"""Patterns of the work behind the token: its licences, the relic that it shows, its labels."""

from __future__ import annotations

from typing import Any

from vermilion.facts.entities import Edition, UnderlyingClass, Work
from vermilion.facts.money import Money
from vermilion.simulate.cast import EDITION, LICENSED
from vermilion.simulate.scene import DAY, PRICE, Scene


def broken_licence(scene: Scene) -> None:
    """The licence comes from somebody whom the author never licensed."""
    cast = scene.cast
    author, between = f"writer:party:{cast.number}", cast.id("party")
    last = cast.licence(between, scene.issuer.id)
    chain = scene.either([last], [cast.licence(author, between), last])
    _published(scene, "CN-IP-01", author=author, licence_chain=chain)


def expired_licence(scene: Scene) -> None:
    """The licence ended yesterday, or begins tomorrow; today is its last or first day."""
    yesterday, tomorrow = scene.day - DAY, scene.day + DAY
    terms = scene.pick(
        {"valid_until": scene.either(yesterday, scene.day)},
        {"valid_from": scene.either(tomorrow, scene.day)},
    )
    _published(scene, "CN-IP-01", licence_chain=[_licence(scene, **terms)])


def narrow_licence(scene: Scene) -> None:
    """The licence does not reach to the network."""
    rights = scene.either(["reproduction", "distribution"], [scene.pick("all_rights", _NETWORK)])
    _published(scene, "CN-IP-01", licence_chain=[_licence(scene, rights=rights)])


def edition_above_licence(scene: Scene) -> None:
    """One unit more is issued than the author allowed."""
    limit = scene.either(EDITION - 1, EDITION)
    _published(scene, "CN-IP-01", licence_chain=[_licence(scene, edition_limit=limit)])


def raw_relic_scan(scene: Scene) -> None:
    """A museum sells the raw scan of a relic as a limited edition."""
    price, limited, data_kind = scene.pick(
        ((1, 0), (True, True), ("raw_capture", "raw_capture")),
        ((PRICE, PRICE), (True, False), ("raw_capture", "raw_capture")),
        ((PRICE, PRICE), (True, True), ("raw_capture", "restoration")),
    )
    money = Money(scene.either(*price), "CNY")
    _relic(
        scene,
        {"edition": _edition(limited=scene.either(*limited))},
        data_kind=scene.either(*data_kind),
    )
    scene.offer({"price": money}, tests="CN-RL-01")
    scene.sale({"price": money}, tests="CN-RL-01")


def relic_itself(scene: Scene) -> None:
    """What is sold is the relic itself, or a claim to it."""
    what: UnderlyingClass = scene.either("cultural_relic", "cultural_item")
    field = scene.pick("underlying", "redeemable_for")
    _relic(scene, {field: [what]})
    _everywhere(scene, "CN-RL-02")


def relic_copy(scene: Scene) -> None:
    """A relic is copied or rubbed without the approval that its grade needs."""
    grade, wrong, lawful = scene.pick(
        ("first", "provincial", "national"),
        ("second", "none", "provincial"),
        ("third", "none", "national"),
    )
    level = scene.either(wrong, lawful)
    _relic(
        scene,
        {},
        grade=grade,
        copy_method=scene.pick("replica", "rubbing"),
        approval_level=level,
        approval_number=None if level == "none" else f"样例文物{scene.cast.number}号",
    )
    _everywhere(scene, "CN-RL-02")


def unauthorised_derivative(scene: Scene) -> None:
    """A work after a relic lacks the institution's authorisation, or anything creative."""
    field = scene.pick("institution_authorised", "creative_contribution")
    _relic(scene, {}, **{field: not scene.wrong})
    scene.issue(tests="CN-RL-03")
    scene.offer(tests="CN-RL-03")


def unlabelled_machine_work(scene: Scene) -> None:
    """A work made by a machine lacks the visible label or the one in its metadata."""
    labels = scene.either(scene.pick(["visible"], ["metadata"], []), ["visible", "metadata"])
    scene.work = _work(scene, ai_generated=True, ai_labels=labels)
    scene.issue(tests="CN-CT-02")
    scene.offer(tests="CN-CT-02")


_NETWORK = "network_dissemination"


def _licence(scene: Scene, **terms: Any) -> Any:
    author = f"writer:party:{scene.cast.number}"
    return scene.cast.licence(author, scene.issuer.id, **({"edition_limit": LICENSED} | terms))


def _work(scene: Scene, **facts: Any) -> Work:
    return scene.cast.work(scene.issuer, **facts)


def _published(scene: Scene, rule: str, **facts: Any) -> None:
    scene.work = _work(scene, **facts)
    _everywhere(scene, rule)


def _everywhere(scene: Scene, rule: str) -> None:
    """Issue, offer and sell; each of the three tests the rule."""
    scene.issue(tests=rule)
    scene.offer(tests=rule)
    scene.sale(tests=rule)


def _relic(scene: Scene, goods: dict[str, Any], **facts: Any) -> None:
    """Let a museum issue a work of its own that shows a relic."""
    scene.issuer = scene.museum
    scene.work = _work(
        scene,
        kind="model_3d",
        author=scene.museum.id,
        licence_chain=[],
        depicts_relic=True,
        relic=scene.cast.relic(scene.museum, **facts),
    )
    scene.goods = scene.cast.collection(
        scene.museum, scene.work, **({"underlying": ["cultural_item"]} | goods)
    )


def _edition(*, limited: bool) -> Edition:
    return Edition(limited=limited, size=EDITION, fixed=True, numbered=True, own_metadata=True)
