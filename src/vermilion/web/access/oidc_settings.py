"""How people sign in with an identity provider."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec

from vermilion.errors import RulebookError
from vermilion.web.access.rights import PERSON_ROLES, Role
from vermilion.web.settings_source import OIDC_SECRET, read_secret

CALLBACK = "/sign-in/oidc/callback"
"""Where browsers come back to."""

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class OidcSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An identity provider (OpenID Connect Core 1.0), and what its claims mean here.

    `roles` maps values of `role_claim`, a text or a list of texts, to roles, and the first that is
    met counts; who has none of them does not come in. `officer_claim` holds the id under which the
    profile lists an officer. `client_secret` says where the secret is, `env:NAME` or `file:PATH`;
    without one PKCE alone protects the code.
    """

    issuer: str
    client_id: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    roles: dict[str, Role]
    role_claim: str = "groups"
    officer_claim: str | None = None
    scopes: list[str] = msgspec.field(default_factory=lambda: ["openid", "profile"])
    client_secret: str | None = f"env:{OIDC_SECRET}"

    def check(self) -> None:
        """Refuse settings that are not safe, or with which nobody can sign in.

        Raises:
            RulebookError: `bad_setting`.
        """
        require_safe(self.issuer)
        if not self.roles or not set(self.roles.values()) <= set(PERSON_ROLES):
            raise _bad(f"`roles` must lead to {', '.join(PERSON_ROLES)}")
        if "openid" not in self.scopes:
            raise _bad("`scopes` must have `openid`")

    def secret(self, environment: Mapping[str, str] = os.environ) -> str | None:
        """Return the client's secret.

        Raises:
            RulebookError: `bad_setting`: it is not where the settings say.
        """
        return None if self.client_secret is None else read_secret(self.client_secret, environment)

    def role_of(self, claims: Mapping[str, Any]) -> Role | None:
        """Return the role that somebody's claims lead to."""
        said = claims.get(self.role_claim)
        values = said if isinstance(said, list) else [said]
        return next((role for value, role in self.roles.items() if value in values), None)

    def officer_of(self, claims: Mapping[str, Any]) -> str | None:
        """Return the id of an officer that somebody's claims tell."""
        said = None if self.officer_claim is None else claims.get(self.officer_claim)
        return said if isinstance(said, str) and 0 < len(said) <= 512 else None


def require_safe(address: str) -> None:
    """Refuse an address without encryption that is not on this machine.

    Raises:
        RulebookError: `bad_setting`.
    """
    try:
        parts = urlsplit(address)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if safe and parts.hostname:
            return
    except ValueError:
        pass
    raise _bad(f"`{address}` is no https address")


def _bad(why: str) -> RulebookError:
    return RulebookError("bad_setting", f"oidc: {why}", help="see docs/access.md")
