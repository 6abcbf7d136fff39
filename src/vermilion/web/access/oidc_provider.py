"""An identity provider over the wire: its addresses, its keys and its tokens."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import jwt
import msgspec
from jwt import PyJWK

from vermilion.errors import RulebookError, UsageError
from vermilion.web.access.oidc_settings import OidcSettings, require_safe

ALGORITHMS = ("RS256", "ES256", "EdDSA")
"""Signatures that are taken; whatever a token says of itself, no other is looked at."""

TIMEOUT = 10.0
"""Seconds for a call in all. Policy."""

MOST_BYTES = 1 << 20
"""Largest answer that is read. Policy."""

KEEP = 60 * 60
"""Seconds for which addresses and keys are kept. Policy."""

AGAIN = 60
"""Seconds before keys are fetched again for a key that is not among them. Policy."""

LEEWAY = 30
"""Seconds by which the provider's clock may differ. Policy."""

Claims = Mapping[str, Any]
T = TypeVar("T")


class ProviderError(UsageError):
    """The identity provider cannot be reached, or what it says cannot be believed."""

    http_status = 502


class Addresses(msgspec.Struct, frozen=True):
    """What a provider publishes of itself (OpenID Connect Discovery 1.0, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Tokens(msgspec.Struct, frozen=True):
    """What a provider gives for a code; the access token is not used."""

    id_token: str


class KeySet(msgspec.Struct, frozen=True):
    """A provider's public keys (RFC 7517, 5)."""

    keys: list[dict[str, Any]]


class Provider:
    """Calls an identity provider; addresses and keys are kept for a while.

    Args:
        settings: which provider.
        now: tells seconds that only go forward.
    """

    def __init__(self, settings: OidcSettings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._addresses: Addresses | None = None
        self._addresses_at = 0.0
        self._keys: dict[str | None, PyJWK] = {}
        self._keys_at: float | None = None

    async def addresses(self) -> Addresses:
        """Return the provider's addresses.

        Raises:
            ProviderError: `provider_silent` or `provider_wrong`.
        """
        if self._addresses is None or self._now() - self._addresses_at > KEEP:
            issuer = self._settings.issuer
            url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            found = _read(await _call("GET", url), Addresses)
            if found.issuer != issuer:
                raise wrong("it names another issuer")
            try:
                for one in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
                    require_safe(one)
            except RulebookError as error:
                raise wrong(error.message) from None
            self._addresses, self._addresses_at = found, self._now()
        return self._addresses

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> str:
        """Give a code back and return the identity token for it (RFC 6749, 4.1.3; RFC 7636, 4.5).

        Raises:
            ProviderError: `provider_silent` or `provider_wrong`: the code is not good, for one.
        """
        settings, addresses = self._settings, await self.addresses()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        secret, auth = settings.secret(), None
        if secret is None:
            form["client_id"] = settings.client_id
        elif "client_secret_basic" in addresses.token_endpoint_auth_methods_supported:
            # RFC 6749, 2.3.1: both are encoded as in a form first.
            auth = httpx.BasicAuth(quote(settings.client_id, safe=""), quote(secret, safe=""))
        else:
            form |= {"client_id": settings.client_id, "client_secret": secret}
        return _read(await _call("POST", addresses.token_endpoint, form, auth), Tokens).id_token

    async def claims(self, token: str) -> Claims:
        """Return what an identity token says, after all that can be checked without its request.

        Raises:
            ProviderError: `provider_silent` or `provider_wrong`.
        """
        settings = self._settings
        try:
            key = await self._key(jwt.get_unverified_header(token))
            found: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=settings.client_id,
                issuer=settings.issuer,
                leeway=LEEWAY,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise wrong(f"its token is not good ({type(error).__name__})") from None
        # OpenID Connect Core 1.0, 3.1.3.7, 4 and 5.
        several = isinstance(found["aud"], list) and len(found["aud"]) > 1
        if found.get("azp", None if several else settings.client_id) != settings.client_id:
            raise wrong("its token is for somebody else")
        return found

    async def _key(self, header: Mapping[str, Any]) -> PyJWK:
        """Return the key that a token names; a token without a name takes the only one."""
        name, now = header.get("kid"), self._now()
        stale = self._keys_at is None or now - self._keys_at > KEEP
        if stale or (self._found(name) is None and now - (self._keys_at or 0) > AGAIN):
            addresses = await self.addresses()
            self._keys = _usable(_read(await _call("GET", addresses.jwks_uri), KeySet))
            self._keys_at = now
        key = self._found(name)
        if key is None or header.get("alg") != key.algorithm_name:
            raise wrong("its token is signed by a key that it does not publish")
        return key

    def _found(self, name: object) -> PyJWK | None:
        if name is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(name) if isinstance(name, str) else None


def wrong(why: str) -> ProviderError:
    """Return the error of a provider that cannot be believed."""
    return ProviderError(
        "provider_wrong",
        f"the identity provider cannot be believed: {why}",
        help="sign in again; if it stays, tell who runs the identity provider",
    )


def _usable(found: KeySet) -> dict[str | None, PyJWK]:
    """Return the keys for signatures of the kinds that are taken."""
    keys = {}
    for one in found.keys:
        try:
            key = PyJWK.from_dict(one)
        except (jwt.PyJWTError, ValueError, TypeError):
            continue  # a kind of key that nobody asks for here
        if key.algorithm_name in ALGORITHMS and one.get("use", "sig") == "sig":
            keys[key.key_id] = key
    return keys


@cache
def _trust() -> ssl.SSLContext:
    """Read whose certificates are trusted, once: it holds everybody up for some 20 ms."""
    return httpx.create_ssl_context()


async def _call(
    method: str, url: str, form: dict[str, str] | None = None, auth: httpx.Auth | None = None
) -> bytes:
    """Return the body of a good answer; follows no redirection and reads no endless one."""
    try:
        async with (
            asyncio.timeout(TIMEOUT),
            httpx.AsyncClient(verify=_trust(), timeout=TIMEOUT, follow_redirects=False) as client,
            client.stream(method, url, data=form, auth=auth) as answer,
        ):
            if answer.status_code != 200:
                raise wrong(f"it answers with status {answer.status_code}")
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise wrong("its answer is too large")
            return body
    except (httpx.HTTPError, TimeoutError) as error:
        raise ProviderError(
            "provider_silent",
            f"the identity provider does not answer ({type(error).__name__})",
            help="try again, or sign in with a password",
        ) from None


def _read(body: bytes, type: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=type)
    except (msgspec.MsgspecError, ValueError):
        raise wrong("its answer cannot be read") from None
