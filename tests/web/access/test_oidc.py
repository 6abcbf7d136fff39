"""Signing in with an identity provider, and what a wrong one cannot do."""

from __future__ import annotations

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from litestar import Litestar
from litestar.testing import TestClient

from vermilion.errors import RulebookError
from vermilion.web.access import Access, OidcSettings
from vermilion.web.access.oidc import LASTS, Oidc

from .provider import CLIENT, SECRET, Provider, running
from .world import HOST, PASSWORD, Clock, Told, add, application, browser

Bend = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Return a running identity provider."""
    with running() as one:
        yield one


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_SECRET", SECRET)


def settings(provider: Provider, **changes: Any) -> OidcSettings:
    """Return settings for a provider."""
    usual: dict[str, Any] = {
        "issuer": provider.issuer,
        "client_id": CLIENT,
        "client_secret": "env:DESK_SECRET",
        "roles": {"desk-officers": "officer", "desk-readers": "auditor"},
        "officer_claim": "officer_id",
    }
    return OidcSettings(**(usual | changes))


class World:
    """A desk, its identity provider, and a browser."""

    def __init__(self, access: Access, provider: Provider, **changes: Any) -> None:
        self.access, self.provider, self.told, self.clock = access, provider, Told(), Clock()
        asked = settings(provider, **changes)
        self.oidc = Oidc(asked, HOST, access.identities, self.clock)
        self.app = application(access, self.told, self.oidc)

    def away(self, client: TestClient[Litestar]) -> str:
        """Begin to sign in; return the address with which the provider sends the browser back."""
        begun = client.get("/sign-in/oidc")
        assert begun.status_code == 302, begun.text
        # Without certificates, which a plain address does not need and which take long to read.
        back = httpx.get(begun.headers["Location"], follow_redirects=False, verify=False)
        return back.headers["Location"].removeprefix(HOST)

    def sign_in(self, client: TestClient[Litestar]) -> httpx.Response:
        """Sign in."""
        return client.get(self.away(client))


@pytest.fixture
def world(access: Access, provider: Provider) -> World:
    """Return a world in which all is well."""
    return World(access, provider)


@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
def test_signing_in(world: World, alg: str) -> None:
    """The first time makes the person with the claims' role; each kind of key is good."""
    world.provider.rotate(alg)
    claims = {"preferred_username": "Olga", "name": "Olga M.", "officer_id": "o-17"}
    world.provider.claims |= claims
    with browser(world.app) as client:
        answer = world.sign_in(client)
        assert answer.status_code == 200
        assert 'http-equiv="refresh"' in answer.text
        me = client.get("/v1/access/me").json()
        assert client.get("/resolve").status_code == 200
        world.sign_in(client)
    assert (me["name"], me["role"], me["person"]) == ("olga", "officer", "o-17")
    (line,) = world.access.people()
    assert (line.display, line.issuer) == ("Olga M.", world.provider.issuer)
    assert world.told.codes == [("identity provider", "person_added", "olga")]


def test_cookies(world: World) -> None:
    """What the browser holds meanwhile travels from another site; the session's cookie does not."""
    with browser(world.app) as client:
        begun = client.get("/sign-in/oidc").headers.get_list("set-cookie")
        (meanwhile,) = begun
        assert "HttpOnly" in meanwhile
        assert "samesite=lax" in meanwhile.lower()
        after = world.sign_in(client).headers.get_list("set-cookie")
    found = {text.partition("=")[0]: text.lower() for text in after}
    assert "samesite=strict" in found["vermilion"]
    assert "max-age=0" in found["vermilion-oidc"]


def test_roles(world: World) -> None:
    """The role follows the claims at each sign-in, and a change ends the other sessions."""
    with browser(world.app) as client:
        world.sign_in(client)
        before = client.cookies["vermilion"]
        world.provider.claims["groups"] = ["other", "desk-readers"]
        assert world.sign_in(client).status_code == 200
        assert client.get("/v1/access/me").json()["role"] == "auditor"
        assert world.access.caller_of_session(before) is None
        world.provider.claims["groups"] = "desk-officers"
        world.sign_in(client)
        assert client.get("/v1/access/me").json()["role"] == "officer"
    assert [what for _, what, _ in world.told.codes] == [
        "person_added",
        "role_changed",
        "role_changed",
    ]


@pytest.mark.parametrize("groups", [[], ["other"], None, {"desk-officers": 1}, 7, [["x"]]])
def test_no_role(world: World, groups: Any) -> None:
    """Who has none of the mapped values does not come in, and is not made."""
    world.provider.claims["groups"] = groups
    with browser(world.app) as client:
        answer = world.sign_in(client)
        assert (answer.status_code, answer.json()["code"]) == (403, "no_role")
        assert client.get("/v1/access/me").status_code == 401
    assert world.access.people() == []


def test_nobody_is_found_by_name(world: World) -> None:
    """Who bears a local person's name at the provider is another person, without that role."""
    add(world.access, "ada", "admin")
    world.provider.claims |= {"preferred_username": "ada", "groups": ["desk-readers"]}
    with browser(world.app) as client:
        world.sign_in(client)
        me = client.get("/v1/access/me").json()
    assert me["name"].startswith("ada-")
    assert me["role"] == "auditor"
    assert len(world.access.people()) == 2


@pytest.mark.parametrize("name", [None, 7, "", "a b", "<script>", "x" * 100])
def test_names_that_are_none(world: World, name: Any) -> None:
    """Who has no name that can be kept gets one."""
    world.provider.claims |= {"preferred_username": name, "name": name}
    with browser(world.app) as client:
        assert world.sign_in(client).status_code == 200
    assert world.access.people()[0].name.startswith("person-")


def test_disabled(world: World) -> None:
    """Who was disabled here stays out, whatever the provider says."""
    world.provider.claims["preferred_username"] = "olga"
    with browser(world.app) as client:
        world.sign_in(client)
        world.access.disable("olga")
        assert client.get("/v1/access/me").status_code == 401
        answer = world.sign_in(client)
    assert (answer.status_code, answer.json()["code"]) == (403, "person_disabled")


def test_what_the_provider_keeps(world: World) -> None:
    """Such a person has no password or role of ours; an officer's id may be set here."""
    world.provider.claims["preferred_username"] = "olga"
    with browser(world.app) as client:
        world.sign_in(client)
        assert client.get("/v1/access/me").json()["person"] is None
        assert world.access.sign_in("olga", "", "a") is None
        for change in (
            lambda: world.access.set_password("olga", PASSWORD),
            lambda: world.access.set_role("olga", "admin"),
        ):
            with pytest.raises(Exception, match="identity provider"):
                change()
        world.access.set_role("olga", "officer", "o-17")
        world.sign_in(client)
        assert client.get("/v1/access/me").json()["person"] == "o-17"


def test_an_officer_who_is_another(world: World) -> None:
    """Nobody gets the id of an officer that another person has."""
    add(world.access, "olga", "officer")
    world.provider.claims["officer_id"] = "olga"
    with browser(world.app) as client:
        answer = world.sign_in(client)
    assert (answer.status_code, answer.json()["code"]) == (409, "officer_taken")
    assert len(world.access.people()) == 1


class TestAttacks:
    """None of these lets anybody in."""

    @pytest.fixture
    def client(self, world: World) -> Iterator[TestClient[Litestar]]:
        """Return a browser."""
        with browser(world.app) as one:
            yield one

    def refused(self, world: World, answer: httpx.Response, *codes: str) -> None:
        """Check that nobody was let in or made."""
        assert answer.status_code in {403, 502}, answer.text
        assert answer.json()["code"] in codes
        assert world.access.people() == []
        assert not [one for one in answer.headers.get_list("set-cookie") if "strict" in one.lower()]

    @pytest.mark.parametrize("state", ["", "x", None])
    def test_wrong_state(self, world: World, client: Any, state: str | None) -> None:
        """A browser that comes back with another state, or none, did not begin this."""
        query = parse_qs(urlsplit(world.away(client)).query)
        changed = {"code": query["code"][0]} | ({} if state is None else {"state": state})
        answer = client.get("/sign-in/oidc/callback", params=changed)
        self.refused(world, answer, "sign_in_unknown")
        assert "/token" not in world.provider.calls

    def test_another_browsers_answer(self, world: World, client: Any) -> None:
        """What somebody else began cannot be finished in a victim's browser."""
        with browser(application(world.access, world.told, world.oidc)) as mallory:
            planted = world.away(mallory)
        self.refused(world, client.get(planted), "sign_in_unknown")
        world.away(client)
        self.refused(world, client.get(planted), "sign_in_unknown")

    def test_a_replayed_answer(self, world: World, client: Any) -> None:
        """An answer is good once, also for who holds the browser's cookies."""
        back = world.away(client)
        meanwhile = client.cookies["vermilion-oidc"]
        assert client.get(back).status_code == 200
        client.cookies.clear()
        replayed = client.get(back, headers={"Cookie": f"vermilion-oidc={meanwhile}"})
        assert (replayed.status_code, replayed.json()["code"]) == (403, "sign_in_unknown")

    def test_a_replayed_code(self, world: World, client: Any) -> None:
        """A code that was used is refused by the provider, and nobody is let in."""
        used = parse_qs(urlsplit(world.away(client)).query)["code"][0]
        world.provider._codes.pop(used)
        query = parse_qs(urlsplit(world.away(client)).query)
        state = {"code": used, "state": query["state"][0]}
        answer = client.get("/sign-in/oidc/callback", params=state)
        self.refused(world, answer, "provider_wrong")

    def test_a_stolen_code(self, world: World, client: Any) -> None:
        """A code of another sign-in does not go with this one's verifier (PKCE)."""
        with browser(application(world.access, world.told, world.oidc)) as victim:
            stolen = parse_qs(urlsplit(world.away(victim)).query)["code"][0]
        query = parse_qs(urlsplit(world.away(client)).query)
        state = {"code": stolen, "state": query["state"][0]}
        answer = client.get("/sign-in/oidc/callback", params=state)
        self.refused(world, answer, "provider_wrong")

    def test_too_late(self, world: World, client: Any) -> None:
        """A sign-in that was begun ten minutes ago is forgotten."""
        back = world.away(client)
        world.clock.now += LASTS
        self.refused(world, client.get(back), "sign_in_unknown")

    def test_a_refusal(self, world: World, client: Any) -> None:
        """What the provider says in place of a code is not repeated."""
        query = parse_qs(urlsplit(world.away(client)).query)
        said = {"error": "access_denied", "error_description": "<b>", "state": query["state"][0]}
        answer = client.get("/sign-in/oidc/callback", params=said)
        self.refused(world, answer, "sign_in_refused")
        assert "<b>" not in answer.text

    def test_another_provider_answers(self, world: World, client: Any) -> None:
        """An answer that names another issuer is refused (RFC 9207)."""
        answer = client.get(f"{world.away(client)}&iss=https://evil.example")
        self.refused(world, answer, "provider_wrong")
        assert "/token" not in world.provider.calls

    def test_an_issuer_that_is_announced(self, access: Access, provider: Provider) -> None:
        """Where the provider says that it names itself, an answer without a name is refused."""
        provider.discovery = {"authorization_response_iss_parameter_supported": True}
        world = World(access, provider)
        with browser(world.app) as client:
            self.refused(world, world.sign_in(client), "provider_wrong")
            back = world.away(client)
            assert client.get(f"{back}&iss={provider.issuer}").status_code == 200

    @pytest.mark.parametrize(
        "bend",
        [
            lambda claims: claims | {"nonce": "other"},
            lambda claims: claims | {"nonce": None},
            lambda claims: claims | {"nonce": ["x"]},
            lambda claims: claims | {"aud": "another-client"},
            lambda claims: claims | {"aud": []},
            lambda claims: claims | {"aud": [CLIENT, "other"]},
            lambda claims: claims | {"aud": [CLIENT, "other"], "azp": "other"},
            lambda claims: claims | {"azp": "other"},
            lambda claims: claims | {"exp": int(time.time()) - 31},
            lambda claims: claims | {"exp": "soon"},
            lambda claims: claims | {"iat": int(time.time()) + 300},
            lambda claims: claims | {"nbf": int(time.time()) + 300},
            lambda claims: claims | {"iss": "https://evil.example"},
            lambda claims: claims | {"iss": claims["iss"] + "/"},
            lambda claims: claims | {"sub": 7},
            *(
                (lambda claims, name=name: {k: v for k, v in claims.items() if k != name})
                for name in ("iss", "sub", "aud", "exp", "iat", "nonce")
            ),
        ],
    )
    def test_wrong_claims(self, world: World, client: Any, bend: Bend) -> None:
        """Another nonce, audience, issuer or time, and any of them lacking, is refused."""
        world.provider.bend = bend
        self.refused(world, world.sign_in(client), "provider_wrong")

    def test_a_second_audience(self, world: World, client: Any) -> None:
        """A token for several is good where it says that it was given to this client."""
        world.provider.bend = lambda claims: claims | {"aud": [CLIENT, "other"], "azp": CLIENT}
        assert world.sign_in(client).status_code == 200

    def test_no_signature(self, world: World, client: Any) -> None:
        """`alg: none` is refused, with the right key's name or without."""
        for header in ({"alg": "none"}, {"alg": "None", "kid": world.provider.kid}):
            parts = [_b64(json.dumps(header).encode())]
            world.provider.sign = lambda claims, parts=parts: ".".join(
                [*parts, _b64(json.dumps(claims).encode()), ""]
            )
            self.refused(world, world.sign_in(client), "provider_wrong")

    @pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
    def test_the_public_key_as_a_secret(self, world: World, client: Any, alg: str) -> None:
        """HS256 over the published key, as PEM or as it is published, is refused."""
        world.provider.rotate(alg)
        pem = world.provider.key.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        for secret in (pem, json.dumps(world.provider.published()).encode()):
            world.provider.sign = lambda claims, secret=secret: _hs256(
                claims, secret, world.provider.kid
            )
            self.refused(world, world.sign_in(client), "provider_wrong")

    def test_the_client_secret_as_a_key(self, world: World, client: Any) -> None:
        """HS256 over the client's secret, which the standard knows, is not taken."""
        world.provider.sign = lambda claims: _hs256(claims, SECRET.encode(), world.provider.kid)
        self.refused(world, world.sign_in(client), "provider_wrong")

    def test_another_key(self, world: World, client: Any) -> None:
        """A signature by a key that is not published is refused, under whatever name."""
        right = world.provider.key, world.provider.kid
        world.provider.rotate()
        forger, name = world.provider.key, world.provider.kid
        world.provider.key, world.provider.kid = right
        for kid in (right[1], name, "", 7):
            header = {"alg": "EdDSA", "kid": kid}
            world.provider.sign = lambda claims, header=header: _signed(claims, header, forger)
            self.refused(world, world.sign_in(client), "provider_wrong")

    def test_a_key_in_the_token(self, world: World, client: Any) -> None:
        """A key, or the address of one, that the token itself brings is not looked at."""
        mine = Provider(world.provider.issuer)
        for header in ({"jwk": mine.published()}, {"jku": "https://evil.example/keys"}):
            world.provider.sign = lambda claims, header=header: mine.signed(
                claims, **(header | {"kid": world.provider.kid})
            )
            self.refused(world, world.sign_in(client), "provider_wrong")

    @pytest.mark.parametrize("text", ["", "x", "a.b.c", "é", "." * 9, "e30.e30."])
    def test_no_token(self, world: World, client: Any, text: str) -> None:
        """A text that is no token is refused."""
        world.provider.sign = lambda _: text
        self.refused(world, world.sign_in(client), "provider_wrong")


class TestKeys:
    """The provider's keys are kept, and fetched again when they change."""

    def test_rotation(self, world: World) -> None:
        """A new key is fetched when a token names it; meanwhile keys are not fetched again."""
        with browser(world.app) as client:
            for _ in range(3):
                assert world.sign_in(client).status_code == 200
            assert world.provider.calls.count("/keys") == 1
            world.provider.rotate("RS256")
            world.clock.now += 61
            assert world.sign_in(client).status_code == 200
            assert world.provider.calls.count("/keys") == 2

    def test_made_up_names(self, world: World) -> None:
        """Tokens with ever new key names make it fetch the keys once a minute at most."""
        with browser(world.app) as client:
            world.provider.sign = lambda claims: world.provider.signed(
                claims, kid=f"made-up-{len(world.provider.calls)}"
            )
            for _ in range(5):
                assert world.sign_in(client).status_code == 502
        assert world.provider.calls.count("/keys") == 1

    def test_a_withdrawn_key(self, world: World) -> None:
        """A key that the provider no longer publishes is forgotten within the hour."""
        old = world.provider.key, world.provider.kid
        with browser(world.app) as client:
            assert world.sign_in(client).status_code == 200
            world.provider.rotate()
            world.provider.sign = lambda claims: _signed(
                claims, {"alg": "EdDSA", "kid": old[1]}, old[0]
            )
            world.clock.now += 3_601
            assert world.sign_in(client).status_code == 502

    def test_the_only_key(self, world: World) -> None:
        """A token that names no key is looked at with the only one."""
        world.provider.sign = lambda claims: jwt.encode(claims, world.provider.key, "EdDSA")
        with browser(world.app) as client:
            assert world.sign_in(client).status_code == 200

    def test_keys_of_other_kinds(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Keys for encryption, shared secrets and unknown kinds beside the right one do no harm."""
        published = world.provider.published()
        others = [
            {"kty": "oct", "k": _b64(b"x" * 32), "kid": "a", "alg": "HS256"},
            {"kty": "new", "kid": "b"},
            {"kid": "c"},
            published | {"kid": "d", "use": "enc"},
        ]
        body = json.dumps({"keys": [*others, published]}).encode()
        get = world.provider.get
        monkeypatch.setattr(
            world.provider,
            "get",
            lambda path, query: (200, {}, body) if path == "/keys" else get(path, query),
        )
        with browser(world.app) as client:
            assert world.sign_in(client).status_code == 200
            world.provider.sign = lambda claims: _hs256(claims, b"x" * 32, "a")
            assert world.sign_in(client).status_code == 502


class TestProvider:
    """A provider that is away, or wrong, is told as such."""

    @pytest.mark.parametrize(
        "discovery",
        [
            {"issuer": "https://evil.example"},
            {"token_endpoint": "http://evil.example/token"},
            {"jwks_uri": "file:///etc/passwd"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"token_endpoint": None},
            {"jwks_uri": "http://["},
        ],
    )
    def test_discovery(self, world: World, discovery: dict[str, Any]) -> None:
        """Another issuer, and addresses that are not safe, are not followed."""
        world.provider.discovery = discovery
        with browser(world.app) as client:
            answer = client.get("/sign-in/oidc")
        assert (answer.status_code, answer.json()["code"]) == (502, "provider_wrong")

    @pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"[" * 100_000, b" " * (2 << 20)])
    def test_bodies(self, world: World, body: bytes) -> None:
        """What cannot be read, is deep or is large is refused."""
        world.provider.answer = body
        with browser(world.app) as client:
            assert client.get("/sign-in/oidc").status_code == 502

    def test_away(self, access: Access, provider: Provider) -> None:
        """Where nobody answers, that is said, and passwords still work."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            provider.issuer = f"http://127.0.0.1:{free.getsockname()[1]}"
            world = World(access, provider)
            add(access, "ada", "admin")
            with browser(world.app) as client:
                answer = client.get("/sign-in/oidc")
                body = {"name": "ada", "password": PASSWORD}
                assert client.post("/v1/access/sign-in", json=body).status_code == 200
        assert (answer.status_code, answer.json()["code"]) == (502, "provider_silent")

    def test_redirections(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A provider that sends us elsewhere is not followed."""
        away = (302, {"Location": "http://127.0.0.1:9/"}, b"")
        monkeypatch.setattr(world.provider, "get", lambda path, query: away)
        with browser(world.app) as client:
            assert client.get("/sign-in/oidc").status_code == 502

    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"token_endpoint_auth_methods_supported": ["client_secret_post"]},
        ],
    )
    def test_the_clients_secret(
        self, access: Access, provider: Provider, changes: dict[str, Any]
    ) -> None:
        """It is sent the way the provider takes it, with its signs encoded."""
        provider.discovery = changes
        world = World(access, provider)
        with browser(world.app) as client:
            assert world.sign_in(client).status_code == 200

    def test_a_public_client(self, access: Access, provider: Provider) -> None:
        """Without a secret PKCE is enough where the provider says so."""
        world = World(access, provider, client_id="public", client_secret=None)
        with browser(world.app) as client:
            assert world.sign_in(client).status_code == 200

    def test_there_is_none(self, access: Access) -> None:
        """Without settings both addresses answer that there is no provider."""
        with browser(application(access)) as client:
            for path in ("/sign-in/oidc", "/sign-in/oidc/callback"):
                answer = client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (404, "no_provider")


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://login.example.com"},
        {"issuer": "https://"},
        {"issuer": "https://["},
        {"roles": {}},
        {"roles": {"x": "platform"}},
        {"scopes": ["profile"]},
        {"client_secret": "env:NOT_THERE"},
        {"client_secret": "file:/not/there"},
        {"client_secret": SECRET},
    ],
)
def test_settings(access: Access, provider: Provider, changes: dict[str, Any]) -> None:
    """Settings that are not safe, or let nobody in, are refused without repeating a secret."""
    with pytest.raises(RulebookError) as refused:
        Oidc(settings(provider, **changes), HOST, access.identities)
    assert SECRET not in str(refused.value)


def test_a_public_address_without_encryption(access: Access, provider: Provider) -> None:
    """Browsers come back over TLS, or to the same machine."""
    with pytest.raises(RulebookError):
        Oidc(settings(provider), "http://desk.example.com", access.identities)


def test_settings_are_read(tmp_path: Path) -> None:
    """Settings have few fields that must be there, and none that nobody knows."""
    text = b'{"issuer":"https://a","client_id":"b","roles":{"c":"auditor"}}'
    found = msgspec.json.decode(text, type=OidcSettings)
    assert (found.scopes, found.role_claim) == (["openid", "profile"], "groups")
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text.replace(b"issuer", b"isuer"), type=OidcSettings)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signed(claims: dict[str, Any], header: dict[str, Any], key: Any) -> str:
    """Sign as no library would: with whatever header."""
    head = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"
    return f"{head}.{_b64(key.sign(head.encode()))}"


def _hs256(claims: dict[str, Any], secret: bytes, kid: str) -> str:
    import hashlib
    import hmac

    header = {"alg": "HS256", "kid": kid, "typ": "JWT"}
    head = f"{_b64(json.dumps(header).encode())}.{_b64(json.dumps(claims).encode())}"
    return f"{head}.{_b64(hmac.digest(secret, head.encode(), hashlib.sha256))}"
