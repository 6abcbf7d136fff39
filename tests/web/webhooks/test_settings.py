"""Settings are checked at start, and each fault is told at its place without telling a secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.errors import RulebookError
from vermilion.web.webhooks import WebhookSettings, check_settings
from vermilion.web.webhooks.sending import Target
from vermilion.web.webhooks.settings import Checked, SubscriptionSettings

from .samples import NEW, OLD, subscription

ENVIRONMENT = {"HOOK_SECRET": OLD, "HOOK_SECRET_NEW": NEW, "SHORT": "whsec_AAAA", "BARE": OLD[6:]}
ENVIRONMENT["GARBLED"] = "whsec_?"


def checked(*subscriptions: SubscriptionSettings, **changes: Any) -> Checked:
    """Check settings under a small environment."""
    settings = WebhookSettings(subscriptions=list(subscriptions), **changes)
    return check_settings(settings, ENVIRONMENT)


def wrong(where: str, *subscriptions: SubscriptionSettings, **changes: Any) -> str:
    """Return what is said of settings that are wrong at a place."""
    with pytest.raises(RulebookError) as caught:
        checked(*subscriptions, **changes)
    assert caught.value.code == "bad_webhook"
    assert caught.value.where == f"webhooks.{where}"
    assert caught.value.help
    said = f"{caught.value} {caught.value.help}"
    assert not any(secret[6:] in said for secret in (OLD, NEW))
    return caught.value.message


def at(url: str, **changes: Any) -> SubscriptionSettings:
    """Return a subscription to a URL."""
    return subscription(0, url=url, **changes)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://shop.example", Target("https", "shop.example", 443, "/")),
        ("https://SHOP.example:443/a/b?x=1", Target("https", "shop.example", 443, "/a/b?x=1")),
        ("https://1.1.1.1/x", Target("https", "1.1.1.1", 443, "/x")),
        ("https://[2606:4700::1]/x", Target("https", "[2606:4700::1]", 443, "/x")),
    ],
)
def test_a_url_is_taken_apart_once(url: str, target: Target) -> None:
    """Scheme, host, port and path are the URL's own."""
    assert checked(at(url)).subscriptions[0].target == target


@pytest.mark.parametrize(
    "url",
    [
        "https://user@shop.example/",
        "https://user:word@shop.example/",
        "https://shop.example@127.0.0.1/",
        "https://shop.example\\@127.0.0.1/",
        "https://shop.example/#x",
        "https://shop.example/a b",
        "https://shop.example/\r\nx: y",
        "https://shop.example\n",
        "https://商店.example/",
        "https:///x",
        "https://.",
        "//shop.example",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "https://shop.example:99999999/",
        "https://[::1%25eth0]/",
        "",
    ],
)
def test_what_is_no_url_to_tell(url: str) -> None:
    """Credentials, fragments, blanks, other schemes and anything two readers may read in two ways."""
    assert "not a URL" in wrong("subscriptions[0].url", at(url))


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fd00::1]"]
)
def test_inner_addresses_are_told_at_start(host: str) -> None:
    """An address that would be refused at delivery is refused in the settings already."""
    assert "public internet" in wrong("subscriptions[0].url", at(f"https://{host}/"))
    allowed = [host.strip("[]")] if "ffff" not in host else ["127.0.0.1"]
    assert checked(at(f"https://{host}/"), allowed_addresses=allowed)


def test_http_is_for_allowed_addresses() -> None:
    """Plain http needs an address that stands in the settings; no name and no public address will do."""
    allowed: dict[str, Any] = {"allowed_addresses": ["10.1.0.0/16"], "ports": [80, 443]}
    assert checked(at("http://10.1.2.3/x"), **allowed)
    for host in ("shop.example", "1.1.1.1", "localhost"):
        assert "`http`" in wrong("subscriptions[0].url", at(f"http://{host}/"), **allowed)


def test_ports() -> None:
    """Only 443 is told, or the ports that are listed."""
    for port in (22, 25, 6379, 8443):
        assert f"port {port}" in wrong("subscriptions[0].url", at(f"https://shop.example:{port}/"))
    assert checked(at("https://shop.example:8443/"), ports=[8443])


def test_names_and_kinds() -> None:
    """A name is short, plain and given once; kinds exist, and there is one at least."""
    shop = at("https://shop.example/")
    wrong("subscriptions[1].name", shop, shop)
    for name in ("", "A", "../x", "a" * 64, "a b"):
        wrong("subscriptions[0].name", at("https://shop.example/", name=name))
    wrong("subscriptions[0].kinds", at("https://shop.example/", kinds=[]))
    wrong("subscriptions[0].kinds", at("https://shop.example/", kinds=["event.gone"]))


def test_secrets(tmp_path: Path) -> None:
    """A secret comes from environment or file, in the specification's form and length."""
    kept = tmp_path / "secret"
    kept.write_text(NEW + "\n")
    url = "https://shop.example/"
    both = at(url, secrets=[f"file:{kept}", "env:HOOK_SECRET"])
    assert len(checked(both).subscriptions[0].secrets) == 2
    assert OLD[6:] not in repr(checked(both))
    for name in (
        OLD,
        "env:NONE",
        f"file:{tmp_path}",
        "file:/none",
        "env:SHORT",
        "env:BARE",
        "env:GARBLED",
    ):
        wrong("subscriptions[0].secrets[0]", at(url, secrets=[name]))
    for names in ([], ["env:HOOK_SECRET"] * 4):
        wrong("subscriptions[0].secrets", at(url, secrets=names))


def test_allowed_addresses_are_networks() -> None:
    """What is no address or network is told, and so is a network with host bits."""
    wrong("allowed_addresses[1]", allowed_addresses=["10.0.0.0/8", "shop.example"])
    wrong("allowed_addresses[0]", allowed_addresses=["10.0.0.1/8"])


@given(st.text(max_size=40))
def test_no_text_breaks_the_check(tail: str) -> None:
    """Whatever stands behind the scheme is taken or refused in words."""
    try:
        (one,) = checked(at(f"https://{tail}")).subscriptions
    except RulebookError:
        return
    assert one.target.port == 443
    assert one.target.path.startswith("/")
