"""Patterns of what is issued or sold: its substance, its rights, its licences."""

from __future__ import annotations

import datetime as dt

from vermilion.facts.entities import CopyrightLicence, Edition, Relic, Work
from vermilion.facts.events import Event
from vermilion.simulate.scene import Scene, collection_id, issuer_of, of, sold_by

_YEAR = dt.timedelta(days=365)


def financial_underlying(event: Event, scene: Scene) -> Event:
    """The collectible stands for gold or another financial asset."""
    other = ("precious_metal", "security", "fund", "receivable")[scene.number % 4]
    return of(event, scene, underlying=["artwork", other])


def promised_income(event: Event, scene: Scene) -> Event:
    """The collectible promises a return."""
    right = ("buy_back", "dividend", "guaranteed_price", "profit_share")[scene.number % 4]
    return of(event, scene, rights=["display", right])


def split_token(event: Event, scene: Scene) -> Event:
    """The collectible is divisible, or a fraction of another."""
    if scene.number % 2:
        return of(event, scene, divisible=True, decimals=4)
    return of(event, scene, fraction_of=[f"{collection_id(event)}/whole"])


def raw_relic_scan(event: Event, scene: Scene) -> Event:
    """A museum sells the raw scan of a relic as a limited edition."""
    work = Work(
        id=f"museum:work:scan{scene.number}",
        kind="model_3d",
        author=scene.museum,
        licence_chain=[],
        depicts_relic=True,
        relic=Relic(
            institution=scene.museum,
            inventory_number=f"藏{scene.number + 100_000}",
            grade="second",
            released_by="cultural_institution",
            data_kind="raw_capture",
        ),
    )
    edition = Edition(limited=True, size=1_000)
    return sold_by(of(event, scene, work, issuer=scene.museum, edition=edition), scene.museum)


def broken_licence(event: Event, scene: Scene) -> Event:
    """The licence comes from somebody whom the author never licensed."""
    work = _work(
        scene,
        author=f"writer:party:{scene.number}",
        chain=[_licence(scene, f"stranger:party:{scene.number}", issuer_of(event), 10_000)],
    )
    return of(event, scene, work)


def edition_above_licence(event: Event, scene: Scene) -> Event:
    """More units are issued than the author allowed."""
    author = f"writer:party:{scene.number}"
    work = _work(scene, author=author, chain=[_licence(scene, author, issuer_of(event), 500)])
    return of(event, scene, work, edition=Edition(limited=True, size=8_000))


def _work(scene: Scene, author: str, chain: list[CopyrightLicence]) -> Work:
    return Work(
        id=f"writer:work:{scene.number}",
        kind="image",
        author=author,
        ai_generated=False,
        licence_chain=chain,
        depicts_relic=False,
    )


def _licence(scene: Scene, licensor: str, licensee: str, limit: int) -> CopyrightLicence:
    return CopyrightLicence(
        licensor=licensor,
        licensee=licensee,
        rights=["reproduction", "network_dissemination"],
        territories=["CN"],
        edition_limit=limit,
        edition_unlimited=False,
        valid_from=scene.day - _YEAR,
        valid_until=scene.day + _YEAR,
    )
