"""What the operator sets for `vermilion serve`: `serve.yaml` in the book, and the environment.

Everything is checked before a port is opened. A variable `VERMILION_SERVE_<FIELD>`, with the
section before the field where there is one (`VERMILION_SERVE_LIMITS_RATE`), goes before the file.
A secret stands in neither: the file says where it is, `env:NAME` or `file:PATH`.

TLS is not spoken here, a proxy does that; and there is one process, because one owns a book.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from vermilion.errors import RulebookError
from vermilion.rulebook.load import shaped
from vermilion.web.access.oidc_settings import OidcSettings
from vermilion.web.settings_source import Given, bad, key_of
from vermilion.web.webhooks.settings import WebhookSettings, check_settings

FILE = "serve.yaml"
"""The settings' file inside a book."""

Level = Literal["debug", "info", "warning", "error"]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one request and one caller may ask for. All numbers are policy.

    `max_body` is in bytes, for all but streams; `stream_lines` counts the lines of one stream;
    `rate` counts requests of one caller in a second. `patience` is in seconds: so long may a client
    take to send a request, or to read the rest of an answer; large requests have longer.
    `connections` is how many one address may have, or one /64 of IPv6; `proxies` are not bound by it.
    """

    max_body: Annotated[int, msgspec.Meta(ge=4_096, le=2**28)] = 2 * 2**20
    stream_lines: Annotated[int, msgspec.Meta(ge=1, le=10**8)] = 10_000
    rate: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 5_000
    patience: Annotated[int, msgspec.Meta(ge=1, le=3_600)] = 30
    connections: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 200


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is logged; `auto` writes for people on a terminal and JSON elsewhere."""

    level: Level = "info"
    form: Literal["auto", "json", "text"] = "auto"


class MarketSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whether surveillance runs over what settles. All numbers are policy.

    It runs in a process of its own, `minutes` after it last ended, where something settled since;
    `memory` is how many megabytes its queries may take.
    """

    watch: bool = False
    minutes: Annotated[int, msgspec.Meta(ge=1, le=10_080)] = 15
    memory: Annotated[int, msgspec.Meta(ge=256, le=2**20)] = 1_024


class ServeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the desk is reached and what it allows.

    `public_url` is what people type; `proxies` are addresses whose word about the client's address
    is taken, and that bring the connections of many. `insecure` allows other machines to speak to it without TLS.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8_000
    public_url: str | None = None
    insecure: bool = False
    proxies: list[str] = []
    metrics: bool = True
    limits: Limits = Limits()
    oidc: OidcSettings | None = None
    webhooks: WebhookSettings = WebhookSettings()
    market: MarketSettings = MarketSettings()
    log: LogSettings = LogSettings()


def load_settings(book: Path, environment: Mapping[str, str] = os.environ) -> ServeSettings:
    """Read and check the settings of a book; without file and variables they are the defaults.

    Raises:
        RulebookError: `bad_setting`, with file, line and field or the variable, and the remedy.
    """
    try:
        given = Given(book / FILE, ServeSettings, environment)
        settings: ServeSettings = shaped(given, ServeSettings)
    except RulebookError as error:
        help = error.help if error.help and "rulebook-format" not in error.help else _HELP
        raise bad(error.message, error.where, help) from None
    _check_reach(settings, given)
    _check_oidc(settings, given, environment)
    try:
        check_settings(settings.webhooks, environment)
    except RulebookError as error:
        place = given.place(key_of(error.where or ""))
        raise bad(f"{error.where}: {error.message}", str(place), error.help) from None
    return settings


def _check_reach(settings: ServeSettings, given: Given) -> None:
    """Refuse what would carry keys and personal data over a network in clear."""
    host = settings.host
    if host != "localhost" and not _is_address(host):
        help = "write an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all"
        raise bad(f"host: `{host}` is no address", str(given.place(("host",))), help)
    for number, proxy in enumerate(settings.proxies):
        if not _is_address(proxy):
            place = given.place(("proxies", number))
            raise bad(
                f"proxies: `{proxy}` is no address", str(place), "write 127.0.0.1 or the like"
            )
    scheme, public = _public(settings, given)
    if settings.insecure:
        return
    where = str(given.place(("public_url",)))
    help = "put a proxy with TLS before it and name its https address; or set `insecure: true`"
    if scheme == "http" and not _is_loopback(public):
        raise bad("public_url: keys and personal data would go in clear", where, help)
    if not _is_loopback(host) and scheme != "https":
        where = str(given.place(("host",)))
        message = f"host: `{host}` is reachable from elsewhere, and `public_url` is not https"
        raise bad(message, where, help)


def _public(settings: ServeSettings, given: Given) -> tuple[str, str]:
    """Return scheme and host of the public address; both are empty where there is none."""
    if settings.public_url is None:
        return "", ""
    try:
        parts = urlsplit(settings.public_url)
        whole = (parts.port or 1) and parts.hostname and parts.path in {"", "/"}
        plain = not (parts.query or parts.fragment or parts.username or parts.password)
        if parts.scheme in {"http", "https"} and whole and plain and parts.hostname:
            return parts.scheme, parts.hostname
    except ValueError:
        pass
    raise bad(
        "public_url: this is not the address of a site",
        str(given.place(("public_url",))),
        "write it like https://desk.example.com, without a path",
    )


def _check_oidc(settings: ServeSettings, given: Given, environment: Mapping[str, str]) -> None:
    if settings.oidc is None:
        return
    parts = urlsplit(settings.oidc.issuer)
    if not parts.hostname or (parts.scheme != "https" and not _is_loopback(parts.hostname)):
        where = str(given.place(("oidc", "issuer")))
        raise bad("oidc.issuer: this is no https address", where, "copy it from the provider")
    if settings.public_url is None:
        message = "oidc: the provider sends people back to `public_url`, which is not set"
        raise bad(message, str(given.place(("oidc",))), "set `public_url`")
    place = given.place(("oidc",))
    try:
        settings.oidc.check()
        place = given.place(("oidc", "client_secret"))
        settings.oidc.secret(environment)
    except RulebookError as error:
        raise bad(error.message, str(place), error.help) from None


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


_HELP = "docs/operation.md lists the settings"
