"""Who may not read any more hears no more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx
import pytest

from vermilion.web.api import live

from .desk import Desk, listening, sale

PASSWORD = "correct horse battery staple"
SOON = 40
"""Lines that are looked at for an end; a heartbeat has two."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Serve a book of its own at a port."""
    with listening(tmp_path / "book") as found:
        yield found


@pytest.mark.parametrize("how", ["key", "session"])
def test_a_silent_stream_ends_with_what_it_was_asked_by(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """At the next heartbeat, though nothing happens."""
    monkeypatch.setattr(live, "EVERY", 0.2)
    monkeypatch.setattr(live, "TRUSTED", 0.1)
    headers = {}
    if how == "key":
        headers = {"Authorization": f"Bearer {desk.access.add_key('eye', 'auditor')}"}
    else:
        desk.access.add_person("ana", "auditor", PASSWORD)
        signed = desk.client.post("/v1/access/sign-in", json={"name": "ana", "password": PASSWORD})
        assert signed.status_code == 200, signed.text
    with desk.client.stream("GET", "/v1/live", headers=headers) as answer:
        told = answer.iter_lines()
        assert [next(told) for _ in range(4)][2] == ": still here"
        if how == "key":
            desk.access.revoke_key("eye")
        else:
            desk.access.sign_out_everywhere("ana")
        assert len(list(islice(told, SOON))) < SOON


def test_no_judgement_is_told_to_a_revoked_key(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that comes before the next heartbeat; another reader hears it."""
    monkeypatch.setattr(live, "TRUSTED", 0.0)
    headers = {"Authorization": f"Bearer {desk.access.add_key('eye', 'auditor')}"}
    with (
        httpx.Client(base_url=desk.client.base_url, timeout=60) as other,
        desk.client.stream("GET", "/v1/live", headers=headers) as revoked,
        other.stream(
            "GET", "/v1/live", headers={"Authorization": f"Bearer {desk.key('auditor')}"}
        ) as heard,
    ):
        lines, others = revoked.iter_lines(), heard.iter_lines()
        assert next(lines) == next(others) == "retry: 2000"
        desk.access.revoke_key("eye")
        with httpx.Client(base_url=desk.client.base_url, timeout=60) as third:
            third.post(
                "/v1/events",
                json=sale("a"),
                headers={"Authorization": f"Bearer {desk.key('platform')}"},
            )
        assert [next(others) for _ in range(3)][1].startswith("id: ")
        assert list(lines) == [""]
