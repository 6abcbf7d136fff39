"""A small identity provider on this machine, which can be told to do wrong."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

CLIENT, SECRET = "vermilion", "s3cret/with:signs"

_MAKE: dict[str, Callable[[], Any]] = {
    "RS256": lambda: rsa.generate_private_key(public_exponent=65_537, key_size=2_048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}
_PUBLISH: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}


class Provider:
    """An identity provider that lets one person in, and whose answers can be bent.

    `claims` are added to its tokens, `bend` changes a token's claims, and `sign` makes the token's
    text of them. What it was asked stands in `calls`.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.calls: list[str] = []
        self.claims: dict[str, Any] = {"sub": "248289761001", "groups": ["desk-officers"]}
        self.bend: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.discovery: dict[str, Any] = {}
        self.answer: bytes | None = None
        self.alg = "EdDSA"
        self._codes: dict[str, dict[str, str]] = {}
        self.rotate()

    def rotate(self, alg: str | None = None) -> None:
        """Sign with a new key and publish no other."""
        self.alg = alg or self.alg
        self.key, self.kid = _MAKE[self.alg](), secrets.token_hex(4)

    def published(self) -> dict[str, Any]:
        """Return the public key as it is published."""
        found = _PUBLISH[self.alg].to_jwk(self.key.public_key(), as_dict=True)
        return dict(found) | {"kid": self.kid, "use": "sig", "alg": self.alg}

    def signed(self, claims: dict[str, Any], **header: Any) -> str:
        """Return a token as it should be."""
        return jwt.encode(claims, self.key, self.alg, headers={"kid": self.kid} | header)

    def authorize(self, query: dict[str, str]) -> str:
        """Return the address to which a browser is sent back with a code."""
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        back = urlencode({"code": code, "state": query["state"]})
        return f"{query['redirect_uri']}?{back}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """Return tokens for a code, once; None where client, code, PKCE or address are wrong."""
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if authorization:
            given = base64.b64decode(authorization.removeprefix("Basic ")).decode().split(":")
            client, secret = map(unquote, given)
        else:
            client, secret = form.get("client_id", ""), form.get("client_secret", "")
        if (
            asked is None
            or (client, secret) not in {(CLIENT, SECRET), ("public", "")}
            or client != asked["client_id"]
            or form.get("grant_type") != "authorization_code"
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return None
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": client, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"]} | self.claims
        return {"id_token": self.sign(self.bend(claims)), "access_token": "x", "token_type": "B"}

    def get(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Answer a GET request with status, headers and body."""
        self.calls.append(path)
        if path == "/authorize":
            return 302, {"Location": self.authorize(query)}, b""
        if self.answer is not None:
            return 200, {}, self.answer
        if path == "/.well-known/openid-configuration":
            said = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
            return 200, {}, json.dumps(said | self.discovery).encode()
        if path == "/keys":
            return 200, {}, json.dumps({"keys": [self.published()]}).encode()
        return 404, {}, b""


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {key: values[0] for key, values in parse_qs(parts.query).items()}
            self._answer(*provider.get(parts.path, query))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {key: values[0] for key, values in parse_qs(body).items()}
            provider.calls.append(self.path)
            found = provider.token(form, self.headers.get("Authorization", ""))
            status = 400 if found is None else 200
            self._answer(status, {}, json.dumps(found or {"error": "invalid_grant"}).encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
