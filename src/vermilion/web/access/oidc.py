"""Sign in with an identity provider: OpenID Connect's code flow, with PKCE, state and nonce."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode

from vermilion.web.access.identities import Identities, Identity
from vermilion.web.access.oidc_provider import Provider, wrong
from vermilion.web.access.oidc_settings import CALLBACK, OidcSettings, require_safe
from vermilion.web.access.refusals import NotAllowedError
from vermilion.web.access.sessions import Proven

LASTS = 10 * 60
"""Seconds that a person has at the identity provider. Policy."""

MOST = 10_000
"""People who may be at the identity provider at once; of more the first are forgotten. Policy."""


class Begun(NamedTuple):
    """A sign-in that begins: where the browser goes, and what its cookie holds meanwhile."""

    address: str
    cookie: str


class _Flow(NamedTuple):
    state: str
    nonce: str
    verifier: str
    until: float


class Oidc:
    """Lets people in whom an identity provider knows.

    What a sign-in needs stays in memory, and its browser holds its name: it is used once, by that
    browser, and after a new start people sign in again.

    Args:
        settings: which provider, and what its claims mean.
        public_url: the address at which browsers reach the service, without a path.
        identities: the people whom it knows.
        now: tells seconds that only go forward.

    Raises:
        RulebookError: `bad_setting`.
    """

    def __init__(
        self,
        settings: OidcSettings,
        public_url: str,
        identities: Identities,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        settings.check()
        settings.secret()
        require_safe(public_url)
        self._settings = settings
        self._redirect_uri = f"{public_url.rstrip('/')}{CALLBACK}"
        self._identities = identities
        self._provider = Provider(settings, now)
        self._now = now
        self._flows: dict[str, _Flow] = {}

    async def begin(self) -> Begun:
        """Begin a sign-in.

        Raises:
            ProviderError: `provider_silent` or `provider_wrong`.
        """
        settings, addresses = self._settings, await self._provider.addresses()
        state, nonce, verifier, cookie = (secrets.token_urlsafe(32) for _ in range(4))
        if len(self._flows) >= MOST:
            del self._flows[next(iter(self._flows))]
        self._flows[cookie] = _Flow(state, nonce, verifier, self._now() + LASTS)
        query = {
            "response_type": "code",
            "client_id": settings.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": " ".join(settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        mark = "&" if "?" in addresses.authorization_endpoint else "?"
        return Begun(f"{addresses.authorization_endpoint}{mark}{urlencode(query)}", cookie)

    async def finish(self, cookie: str | None, answer: dict[str, str]) -> Proven:
        """Finish a sign-in and return whose it is; the person is made if this is the first.

        Args:
            cookie: what the browser holds since the begin.
            answer: the query with which it came back.

        Raises:
            NotAllowedError: `sign_in_unknown`: it did not begin in this browser, or too long ago;
                `sign_in_refused`: the provider says no; `no_role`; or `person_disabled`.
            ProviderError: `provider_silent` or `provider_wrong`.
        """
        flow = self._flows.pop(cookie or "", None)
        if (
            flow is None
            or self._now() >= flow.until
            or not hmac.compare_digest(_bytes(flow.state), _bytes(answer.get("state", "")))
        ):
            raise _refused(
                "sign_in_unknown", "this sign-in did not begin here, or it began too long ago"
            )
        await self._refuse_other(answer)
        if "code" not in answer:
            raise _refused("sign_in_refused", "the identity provider did not let you in")
        token = await self._provider.exchange(answer["code"], flow.verifier, self._redirect_uri)
        claims = await self._provider.claims(token)
        if not hmac.compare_digest(_bytes(flow.nonce), _bytes(claims["nonce"])):
            raise wrong("its token is for another sign-in")
        role = self._settings.role_of(claims)
        if role is None:
            raise _refused("no_role", "the identity provider gives you no role here")
        officer = self._settings.officer_of(claims)
        return self._identities.proven(Identity.of(claims, role, officer))

    async def _refuse_other(self, answer: dict[str, str]) -> None:
        """Refuse what another provider answers, where this one says who it is (RFC 9207)."""
        addresses = await self._provider.addresses()
        said = answer.get("iss")
        lacking = said is None and addresses.authorization_response_iss_parameter_supported
        if lacking or said not in {None, self._settings.issuer}:
            raise wrong("another one answered")


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _bytes(text: object) -> bytes:
    return str(text).encode("utf-8", "surrogatepass")


def _refused(code: str, message: str) -> NotAllowedError:
    return NotAllowedError(code, message, help="begin again at the sign-in page")
