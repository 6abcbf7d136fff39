"""What the operator sets: who is told of what, where, and signed with which secret."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, get_args

import msgspec

from vermilion.errors import RulebookError
from vermilion.web.webhooks.addresses import Address, Network, is_allowed, is_public
from vermilion.web.webhooks.sending import Target
from vermilion.web.webhooks.signing import Secret

Kind = Literal["event.freed", "event.stopped", "case.opened"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""What can be told."""

MOST_SECRETS = 3
"""Secrets that a subscription signs with at once. Policy."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]*[A-Za-z0-9]|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-\"$-;=?-\[\]_a-z~]*)?"
)


class SubscriptionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One receiver.

    `name` is the subscription's for good: what waits for it is kept under that name. `secrets` are
    `env:NAME` or `file:PATH`; the first is the newest. `source` limits what is told to one
    platform's events; without it everything of the `kinds` is told.
    """

    name: str
    url: str
    secrets: list[str]
    kinds: list[str]
    source: Annotated[str, msgspec.Meta(min_length=1)] | None = None


class WebhookSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is told, on which ports, and at which addresses that are not public.

    `allowed_addresses` are addresses or networks (CIDR); `http` is for them only.
    """

    subscriptions: list[SubscriptionSettings] = []
    ports: list[Annotated[int, msgspec.Meta(ge=1, le=65535)]] = msgspec.field(
        default_factory=lambda: [443]
    )
    allowed_addresses: list[str] = []


class Subscription(NamedTuple):
    """A receiver whose settings were checked."""

    name: str
    target: Target
    secrets: Sequence[Secret]
    kinds: frozenset[str]
    source: str | None

    def wants(self, kind: str, source: str | None) -> bool:
        """Tell whether something is told here."""
        return kind in self.kinds and self.source in {None, source}


class Checked(NamedTuple):
    """Settings that hold."""

    subscriptions: Sequence[Subscription]
    allowed: Sequence[Network]


def check_settings(
    settings: WebhookSettings, environment: Mapping[str, str] = os.environ
) -> Checked:
    """Check settings and fetch the secrets; nothing is resolved or connected.

    Raises:
        RulebookError: `bad_webhook`, at the setting that is wrong.
    """
    allowed = [
        _network(text, f"webhooks.allowed_addresses[{number}]")
        for number, text in enumerate(settings.allowed_addresses)
    ]
    subscriptions: list[Subscription] = []
    for number, one in enumerate(settings.subscriptions):
        where = f"webhooks.subscriptions[{number}]"
        if not _NAME.fullmatch(one.name) or one.name in [known.name for known in subscriptions]:
            help = "give each its own: small letters, digits, `-` and `_`, at most 63"
            raise _wrong(f"`{one.name}` is no name, or is taken", f"{where}.name", help)
        unknown = [kind for kind in one.kinds if kind not in KINDS]
        if unknown or not one.kinds:
            help = f"name some of {', '.join(f'`{kind}`' for kind in KINDS)}"
            raise _wrong(f"there are no kinds `{', '.join(unknown)}`", f"{where}.kinds", help)
        target = _target(one.url, settings.ports, allowed, f"{where}.url")
        secrets = _secrets(one.secrets, environment, f"{where}.secrets")
        subscriptions.append(
            Subscription(one.name, target, secrets, frozenset(one.kinds), one.source)
        )
    return Checked(subscriptions, allowed)


def _target(url: str, ports: Sequence[int], allowed: Sequence[Network], where: str) -> Target:
    # The URL is not repeated in errors: its path may be the receiver's secret.
    found = _URL.fullmatch(url)
    if found is None:
        help = "write `https://host/path`, without name or password, without `#`, in ASCII"
        raise _wrong("this is not a URL that can be told", where, help)
    scheme, host = found["scheme"], found["host"].lower()
    port = int(found["port"] or (443 if scheme == "https" else 80))
    address = _literal(host)
    if address is not None and not is_public(address) and not is_allowed(address, allowed):
        help = "list it under `allowed_addresses` if it is meant"
        raise _wrong(f"`{address}` is not on the public internet", where, help)
    if scheme == "http" and (address is None or not is_allowed(address, allowed)):
        help = "use `https`; `http` is for an address that stands under `allowed_addresses`"
        raise _wrong("`http` is not allowed here", where, help)
    if port not in ports:
        raise _wrong(f"port {port} is not allowed", where, "list it under `ports` if it is meant")
    return Target(scheme, host, port, found["path"] or "/")


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _network(text: str, where: str) -> Network:
    try:
        return ip_network(text)
    except ValueError:
        help = "write an address, or a network such as `10.1.0.0/16`"
        raise _wrong(f"`{text}` is no address or network", where, help) from None


def _secrets(names: Sequence[str], environment: Mapping[str, str], where: str) -> list[Secret]:
    if not 1 <= len(names) <= MOST_SECRETS:
        help = "name one, and while it is replaced the new one before the old one"
        raise _wrong(f"there are {len(names)} secrets, not 1 to {MOST_SECRETS}", where, help)
    return [
        Secret(_secret_text(name, environment, f"{where}[{number}]"), f"{where}[{number}]")
        for number, name in enumerate(names)
    ]


def _secret_text(name: str, environment: Mapping[str, str], where: str) -> str:
    kind, _, rest = name.partition(":")
    if kind == "env" and rest in environment:
        return environment[rest].strip()
    if kind == "env":
        raise _wrong(f"the environment has no `{rest}`", where, "set it, or name a file")
    if kind == "file":
        try:
            return Path(rest).read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            message = f"the file of the secret cannot be read: {type(error).__name__}"
            raise _wrong(message, where, "check its path and rights") from None
    # What stands here may be the secret itself, and is not repeated.
    help = "write `env:NAME` or `file:PATH`; a secret does not stand in the settings"
    raise _wrong("this does not say where the secret is", where, help)


def _wrong(message: str, where: str, help: str) -> RulebookError:
    return RulebookError("bad_webhook", message, help=help, where=where)
