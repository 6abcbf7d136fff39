"""Over HTTP: cookies, forged requests, foreign pages, and who a request is from."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from vermilion.web.access import Access

from .world import HOST, OTHER, PASSWORD, add, application, browser, sign_in, signed_in

PUBLIC = "https://desk.example.com"


def cookies_set(answer: Any) -> dict[str, Any]:
    """Return the cookies that an answer sets, with their flags."""
    found: SimpleCookie = SimpleCookie()
    for text in answer.headers.get_list("set-cookie"):
        found.load(text)
    return {name: dict(one.items()) | {"value": one.value} for name, one in found.items()}


def token_of(client: TestClient[Litestar]) -> str:
    """Return the session's token that a browser holds."""
    return next(one.value for one in client.cookies.jar if one.name.endswith("vermilion")) or ""


class TestCookies:
    """Names and flags."""

    def test_over_an_encrypted_connection(self, access: Access) -> None:
        """The cookie is for this host alone, over TLS, out of reach of scripts and other sites."""
        add(access, "olga", "officer")
        with browser(application(access), PUBLIC) as client:
            answer = sign_in(client, "olga")
        flags = cookies_set(answer)["__Host-vermilion"]
        assert flags["secure"] is True
        assert flags["httponly"] is True
        assert flags["samesite"].lower() == "strict"
        assert flags["path"] == "/"
        assert flags["domain"] == ""
        assert flags["max-age"] == ""
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "[::1]"])
    def test_on_the_same_machine(self, access: Access, host: str) -> None:
        """Without encryption, and only on the same machine, it is a plain one."""
        add(access, "olga", "officer")
        with browser(application(access)) as client:
            client.headers["host"] = host
            flags = cookies_set(sign_in(client, "olga"))
        assert flags["vermilion"]["secure"] == ""
        assert flags["vermilion"]["httponly"] is True
        assert flags["vermilion"]["samesite"].lower() == "strict"

    @pytest.mark.parametrize("host", ["desk.example.com", "localhost.example.com", "127.0.0.10"])
    def test_behind_a_proxy_on_the_same_machine(self, access: Access, host: str) -> None:
        """A public host gets a secure cookie though the proxy speaks to us without encryption."""
        add(access, "olga", "officer")
        with browser(application(access)) as client:
            client.headers["host"] = host
            flags = cookies_set(sign_in(client, "olga"))
        assert set(flags) == {"__Host-vermilion", "__Host-vermilion-device"}
        assert all(one["secure"] is True for one in flags.values())

    def test_a_plain_cookie_from_elsewhere(self, access: Access) -> None:
        """A cookie that a sister site or the network could set is not looked at."""
        add(access, "olga", "officer")
        token = access.sign_in("olga", PASSWORD, "a")
        with browser(application(access), PUBLIC) as client:
            for name in ("vermilion", "__host-vermilion", " __Host-vermilionx"):
                answer = client.get("/read", headers={"Cookie": f"{name}={token}"})
                assert answer.status_code == 401, name
            good = client.get("/read", headers={"Cookie": f"a=b; __Host-vermilion={token}"})
            assert good.status_code == 200

    def test_signing_out_takes_the_cookie(self, access: Access) -> None:
        """The answer ends the cookie, and the token opens nothing any more."""
        add(access, "olga", "officer")
        with browser(application(access)) as client:
            csrf = signed_in(client, "olga")
            token = token_of(client)
            answer = client.post("/v1/access/sign-out", headers={"X-CSRF-Token": csrf})
            assert answer.status_code == 204
            assert cookies_set(answer)["vermilion"]["max-age"] == "0"
            stolen = client.get("/read", headers={"Cookie": f"vermilion={token}"})
            assert stolen.status_code == 401


class TestFixation:
    """Nobody is made to use a token that somebody else knows."""

    def test_a_token_that_was_set_before(self, access: Access) -> None:
        """Signing in gives a new token, and the one before is worth nothing."""
        add(access, "olga", "officer")
        with browser(application(access)) as client:
            planted = {"Cookie": "vermilion=planted-by-somebody"}
            body = {"name": "olga", "password": PASSWORD}
            answer = client.post("/v1/access/sign-in", json=body, headers=planted)
            assert answer.status_code == 200
            assert cookies_set(answer)["vermilion"]["value"] != "planted-by-somebody"
            assert client.get("/read", headers=planted).status_code == 401

    def test_another_sign_in(self, access: Access) -> None:
        """Signing in again ends the session that the browser had, also as somebody else."""
        add(access, "olga", "officer")
        add(access, "pia", "auditor")
        with browser(application(access)) as client:
            csrf = signed_in(client, "olga")
            before = token_of(client)
            body = {"name": "pia", "password": PASSWORD}
            again = client.post("/v1/access/sign-in", json=body, headers={"X-CSRF-Token": csrf})
            assert again.status_code == 200
            assert client.get("/v1/access/me").json()["name"] == "pia"
        assert access.caller_of_session(before) is None


class TestForged:
    """What another page makes a browser send is refused."""

    @pytest.fixture
    def client(self, access: Access) -> Any:
        """Return a browser in which olga is signed in."""
        add(access, "olga", "officer")
        with browser(application(access)) as client:
            client.csrf = signed_in(client, "olga")
            yield client

    def test_the_token_of_this_session(self, client: Any) -> None:
        """In a header, in a form and in a form with files it lets a change through."""
        assert client.post("/resolve", headers={"X-CSRF-Token": client.csrf}).status_code == 200
        assert client.post("/resolve", data={"csrf": client.csrf}).status_code == 200
        many = client.post("/resolve", data={"csrf": client.csrf}, files={"f": ("a", b"x")})
        assert many.status_code == 200

    def test_reading_needs_none(self, client: Any) -> None:
        """What changes nothing needs no token."""
        assert client.get("/resolve").status_code == 200

    def test_wrong_ones(self, client: Any, access: Access) -> None:
        """None, another text, another session's, and one in another place are refused."""
        other = access.sign_in("olga", PASSWORD, "a")
        assert other is not None
        for text in ("", "x", client.csrf[:-1], access.csrf_token(other), "." * 40, "\xe9"):
            header = {"X-CSRF-Token": text.encode("latin-1")}
            answer = client.post("/resolve", headers=header)
            assert answer.status_code == 403
            assert answer.json()["code"] == "csrf_wrong"
            assert client.post("/resolve", data={"csrf": text}).status_code == 403
        assert client.post("/resolve").status_code == 403
        assert client.post(f"/resolve?csrf={client.csrf}").status_code == 403
        assert client.post("/resolve", json={"csrf": client.csrf}).status_code == 403
        upload = client.post("/resolve", files={"csrf": ("a", client.csrf.encode())})
        assert upload.status_code == 403

    def test_each_token_is_another_text(self, client: Any) -> None:
        """Pages of one session carry different tokens, and each is good."""
        first, second = (client.get("/v1/access/me").json()["csrf"] for _ in range(2))
        assert first != second
        for one in (first, second):
            assert client.post("/resolve", headers={"X-CSRF-Token": one}).status_code == 200

    def test_a_key_needs_none(self, client: Any, access: Access) -> None:
        """A request with a key needs no token, and a wrong key is not helped by a cookie."""
        key = access.add_key("k", "officer", person="o")
        client.headers["Authorization"] = f"Bearer {key}"
        assert client.post("/resolve").status_code == 200
        client.headers["Authorization"] = "Bearer vk_wrong"
        assert client.post("/resolve", headers={"X-CSRF-Token": client.csrf}).status_code == 401
        client.headers["Authorization"] = "Basic b2xnYTpvbGdh"
        assert client.get("/resolve").status_code == 401

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 200),
            ({"Sec-Fetch-Site": "same-origin"}, 200),
            ({"Sec-Fetch-Site": "none"}, 200),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-site"}, 403),
            ({"Sec-Fetch-Site": "cross-site", "Origin": HOST}, 403),
            ({"Origin": HOST}, 200),
            ({"Origin": "http://127.0.0.1:9000"}, 403),
            ({"Origin": "https://evil.example"}, 403),
            ({"Origin": "https://127.0.0.1:8000.evil.example"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "http://["}, 403),
            ({"Origin": ""}, 403),
        ],
    )
    def test_foreign_pages(self, client: Any, headers: dict[str, str], status: int) -> None:
        """The browser's word on where a request comes from is heard, whatever token it has."""
        headers = {"X-CSRF-Token": client.csrf} | headers
        assert client.post("/resolve", headers=headers).status_code == status
        assert client.get("/resolve", headers=headers).status_code == 200

    def test_signing_in_from_a_foreign_page(self, access: Access) -> None:
        """A page of another site cannot sign a browser in as somebody else."""
        add(access, "mallory", "auditor")
        with browser(application(access)) as other:
            other.headers["Origin"] = "https://evil.example"
            assert sign_in(other, "mallory").status_code == 403


class TestWhoAsks:
    """Answers to nobody, and to who is not let in."""

    def test_nobody(self, access: Access) -> None:
        """401 says how to sign in, and nothing of the route."""
        with browser(application(access)) as client:
            answer = client.get("/read")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="vermilion"'
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "not_signed_in"

    def test_a_wrong_password(self, access: Access) -> None:
        """Unknown name, wrong password and disabled person get the same answer and no cookie."""
        add(access, "olga", "officer")
        add(access, "gone", "auditor")
        access.disable("gone")
        tries = [("nobody", PASSWORD), ("olga", OTHER), ("gone", PASSWORD), ("", "")]
        with browser(application(access)) as client:
            answers = [sign_in(client, name, password) for name, password in tries]
        assert {one.status_code for one in answers} == {401}
        assert len({one.text for one in answers}) == 1
        assert not any(one.headers.get_list("set-cookie") for one in answers)

    def test_brute_force(self, access: Access) -> None:
        """After ten failures the answer is 429 and says when to come again, in whole seconds."""
        add(access, "olga", "officer")
        with browser(application(access)) as client:
            statuses = [sign_in(client, "olga", OTHER).status_code for _ in range(10)]
            answer = sign_in(client, "olga")
        assert set(statuses) == {401}
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 60

    def test_a_known_browser(self, access: Access) -> None:
        """A browser that signed in before comes in while strangers guess."""
        add(access, "olga", "officer")
        with browser(application(access)) as known, browser(application(access)) as stranger:
            csrf = signed_in(known, "olga")
            known.post("/v1/access/sign-out", headers={"X-CSRF-Token": csrf})
            while sign_in(stranger, "olga", OTHER).status_code != 429:
                pass
            assert sign_in(known, "olga").status_code == 200

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b'{"name":"olga"}',
            b'{"name":"olga","password":1}',
            b'{"name":"olga","password":"' + b"x" * 2_000 + b'"}',
            b'{"name":"\\ud800","password":"x"}',
            b"\xff",
        ],
    )
    def test_malformed(self, access: Access, body: bytes) -> None:
        """What is no name and password is the client's mistake."""
        with browser(application(access)) as client:
            answer = client.post("/v1/access/sign-in", content=body)
        assert 400 <= answer.status_code < 500

    def test_a_large_body(self, access: Access) -> None:
        """Who is not signed in sends little."""
        with browser(application(access)) as client:
            answer = sign_in(client, "olga", "x" * 20_000)
        assert answer.status_code == 413

    @pytest.mark.parametrize(
        "headers",
        [
            {"Content-Type": "multipart/form-data"},
            {"Content-Type": 'multipart/form-data; boundary="'},
            {"Content-Type": "multipart/form-data; boundary=a"},
            {"Content-Type": ";;;"},
            {"Content-Type": "application/x-www-form-urlencoded; charset=nope"},
            {"Authorization": ""},
            {"Authorization": "Bearer"},
            {"Authorization": "Bearer " + "x" * 50_000},
            {"Authorization": b"Bearer \xff\xfe"},
            {"Cookie": b"vermilion=\xff; ;=;a"},
            {"Cookie": ";" * 5_000},
            {"Origin": b"\xff\xfe"},
            {"Host": b"\xff"},
            {"Sec-Fetch-Site": b"\xff"},
            {"X-CSRF-Token": b"\xff.\xff"},
        ],
    )
    def test_odd_headers(self, access: Access, headers: dict[str, Any]) -> None:
        """Whatever stands in headers is refused, and is never our failure."""
        add(access, "olga", "officer")
        with browser(application(access)) as client:
            signed_in(client, "olga")
            answer = client.post("/resolve", headers=headers, content=b"--a\r\ncsrf=\xff&%&csrf")
        assert 400 <= answer.status_code < 500

    def test_telling_a_paths_methods(self, access: Access) -> None:
        """OPTIONS is answered to everybody, and tells no more than the methods."""
        with browser(application(access)) as client:
            answer = client.options("/administer")
        assert answer.status_code == 204
        assert answer.content == b""
