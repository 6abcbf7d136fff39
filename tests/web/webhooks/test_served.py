"""A served desk tells what an officer resolves, over HTTP, from the request to the receiver."""

from __future__ import annotations

import json
import time
from pathlib import Path

from client.samples import desk_playing, reply
from vermilion.permit import Verifier, parse_key
from vermilion.web.settings import ServeSettings
from web.api.desk import sale, served

from .samples import OLD, settings, subscription
from .test_page import verifies


def test_from_an_officers_release_to_the_platform(tmp_path: Path) -> None:
    """The platform hears of its event once it was freed, signed, with a permit that verifies."""
    with desk_playing(reply(200, b"")) as receiver:
        port = int(receiver.url.rsplit(":", 1)[1])
        shop = subscription(port, source="//market.example/orders")
        with served(tmp_path / "book", ServeSettings(webhooks=settings(shop))) as desk:
            assert desk.submit(sale("held")).json()["standing"] == "held"
            name = {"source": "//market.example/orders", "id": "held"}
            said = {"action": "release", "reason": "licence seen", "event": name}
            assert desk.ask("officer", "POST", "/v1/resolutions", json=said).status_code == 200
            key = desk.client.get("/v1/permit-key").text
            deadline = time.monotonic() + 30
            freed: list[dict[str, str]] = []
            while not freed and time.monotonic() < deadline:
                messages = [json.loads(one.body) for one in receiver.seen]
                freed = [one["data"] for one in messages if one["type"] == "event.freed"]
                time.sleep(0.01)
        (told,) = freed
        assert told["event"] == name
        permit = told["permit"]["permit"]  # type: ignore[index]
        assert Verifier(parse_key(key)).verify(permit, time.time()).event.id == "held"
        for seen in receiver.seen:
            assert verifies(OLD, seen.headers, seen.body, time.time())
            assert b"licence seen" not in seen.body
