"""Patterns of what is said in public."""

from __future__ import annotations

from typing import Any

from vermilion.facts.events import Event, PostRoles
from vermilion.simulate.plots.words import (
    ABSOLUTE_WARNINGS,
    ABSOLUTE_WORDS,
    COIN_WARNINGS,
    COIN_WORDS,
    ENDORSEMENT_WORDS,
    HINT_WARNINGS,
    HINT_WORDS,
    LURE_WARNINGS,
    LURE_WORDS,
    RETURN_WARNINGS,
    RETURN_WORDS,
    SYMBOL_WARNINGS,
    SYMBOL_WORDS,
    TRADE_WARNINGS,
    TRADE_WORDS,
)
from vermilion.simulate.scene import HOUR, Scene
from vermilion.simulate.words import ADVERTISED

_STRIKES = 3


def absolute_words(scene: Scene) -> None:
    """Advertising calls the collectible the best, or of national rank."""
    _advertised(scene, ABSOLUTE_WORDS, ABSOLUTE_WARNINGS, "CN-AD-01", "CN-AD-06")


def state_symbols(scene: Scene) -> None:
    """Advertising uses the flag, the emblem or the anthem of the state."""
    _advertised(scene, SYMBOL_WORDS, SYMBOL_WARNINGS, "CN-AD-01", "CN-AD-06")


def return_promise(scene: Scene) -> None:
    """Advertising promises a return, or that nothing can be lost."""
    _advertised(scene, RETURN_WORDS, RETURN_WARNINGS, "CN-AD-02", "CN-AD-07")


def return_hint(scene: Scene) -> None:
    """Advertising speaks of rising prices or of buying back, without a promise."""
    _advertised(scene, HINT_WORDS, HINT_WARNINGS, "CN-AD-08", "CN-AD-09")


def endorsement(scene: Scene) -> None:
    """Advertising has experts or authorities recommend the collectible."""
    _advertised(scene, ENDORSEMENT_WORDS, ADVERTISED, "CN-AD-01", "CN-AD-06")


def trade_post(scene: Scene) -> None:
    """An advertisement and a talk lead to secondary trade; the twins warn of it."""
    text = scene.either(scene.pick(*TRADE_WORDS), scene.pick(*TRADE_WARNINGS))
    advertised = {"purpose": "advertisement", "chain_partner_proof": True}
    _post(scene, text, advertised, tests="CN-AD-03")
    _post(scene, text, tests="CN-AD-11")


def unproven_partner(scene: Scene) -> None:
    """An account sells without proof that a filed chain works with it."""
    _post(
        scene,
        ADVERTISED[0],
        {"purpose": "sale", "chain_partner_proof": not scene.wrong},
        tests="CN-AD-03",
    )


def repeated_strikes(scene: Scene) -> None:
    """An account leads to secondary trade a third time; the twin has stopped."""
    for number in range(1, _STRIKES):
        _post(scene, TRADE_WORDS[number % len(TRADE_WORDS)], breaks="CN-AD-11")
        scene.at(scene.since + 2 * HOUR)
    text = scene.either(scene.pick(*TRADE_WORDS), scene.pick(*TRADE_WARNINGS))
    _post(scene, text, tests="CN-AD-11 CN-AD-04")


def coin_post(scene: Scene) -> None:
    """A post promotes the launch of a coin; the twin warns of it."""
    _post(
        scene, scene.either(scene.pick(*COIN_WORDS), scene.pick(*COIN_WARNINGS)), tests="CN-AD-05"
    )


def lure(scene: Scene) -> None:
    """A post lures people to give away their wallets; the twin warns of it."""
    _post(
        scene, scene.either(scene.pick(*LURE_WORDS), scene.pick(*LURE_WARNINGS)), tests="CN-AD-10"
    )


def words_in_talk(scene: Scene) -> None:
    """Advertising uses words that the twin uses in talk that advertises nothing."""
    text = scene.pick(ABSOLUTE_WORDS[0], SYMBOL_WORDS[0])
    purpose = scene.either("advertisement", "discussion")
    _post(scene, text, {"purpose": purpose, "chain_partner_proof": True}, tests="CN-AD-01")


def _advertised(
    scene: Scene, wrong: tuple[str, ...], lawful: tuple[str, ...], of_post: str, of_offer: str
) -> None:
    """Say it in an advertisement, and in an offer."""
    text = scene.either(scene.pick(*wrong), scene.pick(*lawful))
    _post(scene, text, {"purpose": "advertisement", "chain_partner_proof": True}, tests=of_post)
    scene.offer({"ad_texts": [ADVERTISED[0], text]}, tests=of_offer)


def _post(scene: Scene, text: str, data: dict[str, Any] | None = None, **rules: str) -> Event:
    known: dict[str, Any] = {
        "text": text,
        "purpose": "discussion",
        "parties": PostRoles(author=scene.buyer.id),
        "language": "en" if text.isascii() else "zh",
    }
    return scene.tell("post", known | (data or {}), **rules)
