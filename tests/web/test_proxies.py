"""The shipped examples of proxies, run as they are but for names, ports and folders."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from vermilion.desk.book import make_book
from vermilion.web.access import Access

from .api.desk import BOOK, sale
from .test_service import process

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = "desk.example.com"


class Proxied(NamedTuple):
    """A desk behind a proxy: a client that trusts its certificate, and where the proxy logs."""

    client: httpx.Client
    plain: str | None
    key: str
    auditor: str
    log: Path

    def ask(self, method: str, path: str, key: str = "", **how: Any) -> httpx.Response:
        """Ask over TLS."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return self.client.request(method, path, headers=headers, **how)


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxied(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Proxied]:
    """Serve a book behind a proxy with the example that is shipped for it."""
    tool = shutil.which(request.param)
    if tool is None:
        pytest.skip(f"there is no {request.param} on this machine")
    folder: Path = tmp_path_factory.mktemp(request.param)
    certificate(folder)
    make_book(
        folder / "book",
        {
            "book.yaml": BOOK,
            "serve.yaml": f"public_url: https://{NAME}\nproxies: [127.0.0.1]\n",
        },
    )
    access = Access(folder / "book")
    keys = [access.add_key(role, role) for role in ("platform", "auditor")]  # type: ignore[arg-type]
    access.close()
    trust = ssl.create_default_context(cafile=folder / "fullchain.pem")
    with process(folder / "book") as (_, address):
        upstream = address.removeprefix("http://")
        port, plain = free(), free()
        write = nginx if request.param == "nginx" else caddy
        command = [tool, *write(folder, upstream, port, plain)]
        with (
            (folder / "out").open("wb") as out,
            subprocess.Popen(command, stderr=out, stdout=out) as run,
            httpx.Client(base_url=f"https://{NAME}:{port}", transport=Named(trust)) as client,
        ):
            try:
                until = time.monotonic() + 20
                while not answers(client):
                    assert run.poll() is None, (folder / "out").read_text()
                    assert time.monotonic() < until
                    time.sleep(0.05)
                clear = f"http://127.0.0.1:{plain}" if request.param == "nginx" else None
                yield Proxied(client, clear, *keys, folder / "vermilion.log")
            finally:
                run.terminate()


class Named(httpx.HTTPTransport):
    """Connects to this machine whatever the host is called, and keeps its name for TLS."""

    def __init__(self, trust: ssl.SSLContext) -> None:
        super().__init__(verify=trust)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask 127.0.0.1 under the host's name."""
        request.extensions["sni_hostname"] = NAME
        request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


def answers(client: httpx.Client) -> bool:
    """Tell whether the proxy answers for the desk."""
    try:
        return client.get("/health/ready").status_code == 200
    except httpx.HTTPError:
        return False


def free() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def certificate(folder: Path) -> None:
    """Write a certificate for the example's name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "fullchain.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def placed(text: str, *changes: tuple[str, str]) -> str:
    """Return an example with names, ports and folders of a test; each must be in it."""
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return text


def nginx(folder: Path, upstream: str, port: int, plain: int) -> list[str]:
    """Write the configuration and return the arguments."""
    text = placed(
        (DEPLOY / "nginx.conf").read_text(),
        ("127.0.0.1:8000", upstream),
        ("/etc/ssl/desk.example.com", str(folder)),
        ("/var/log/nginx", str(folder)),
        ("[::]:443", f"[::1]:{port}"),
        ("[::]:80", f"[::1]:{plain}"),
        ("listen 443", f"listen 127.0.0.1:{port}"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
    )
    if not socket.has_ipv6 or not _has_loopback6():
        text = "\n".join(line for line in text.splitlines() if "[::1]" not in line)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in kinds)
    (folder / "all.conf").write_text(
        f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n{paths}{text}\n}}\n"
    )
    return ["-e", str(folder / "error.log"), "-p", str(folder), "-c", str(folder / "all.conf")]


def _has_loopback6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


def caddy(folder: Path, upstream: str, port: int, plain: int) -> list[str]:
    """Write the configuration and return the arguments."""
    text = placed(
        (DEPLOY / "Caddyfile").read_text(),
        ("127.0.0.1:8000", upstream),
        (
            f"\n{NAME} {{\n",
            (
                f"\n{{\n\tadmin off\n\thttp_port {plain}\n\tauto_https disable_redirects\n"
                f"\tstorage file_system {folder}/store\n}}\n\n{NAME}:{port} {{\n"
                f"\ttls {folder}/fullchain.pem {folder}/key.pem\n"
            ),
        ),
        ("\tlog {\n", f"\tlog {{\n\t\toutput file {folder}/vermilion.log\n"),
    )
    (folder / "Caddyfile").write_text(text)
    return ["run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


def test_an_event_is_judged_through_it(proxied: Proxied) -> None:
    """What a client sends over TLS is judged, and the desk's own errors come through."""
    done = proxied.ask("POST", "/v1/events", content=json.dumps(sale("a")))
    assert done.json()["standing"] == "held"
    wrong = proxied.ask("POST", "/v1/events", content=b"{")
    assert wrong.headers["content-type"] == "application/problem+json"
    assert "max-age" in done.headers["strict-transport-security"]


def test_the_live_stream_is_not_held_back(proxied: Proxied) -> None:
    """A judgement reaches who watches while the stream goes on."""
    told: list[str] = []
    begun, seen = threading.Event(), threading.Event()

    def watch() -> None:
        headers = {"Authorization": f"Bearer {proxied.auditor}"}
        with proxied.client.stream("GET", "/v1/live", headers=headers, timeout=30) as answer:
            for line in answer.iter_lines():
                begun.set()
                told.append(line)
                if line.startswith("data:"):
                    break
        seen.set()

    thread = threading.Thread(target=watch)
    thread.start()
    assert begun.wait(20)
    proxied.ask("POST", "/v1/events", content=json.dumps(sale("live")))
    assert seen.wait(20)
    thread.join()
    assert '"live"' in told[-1]


def test_a_stream_in_and_out_is_whole(proxied: Proxied) -> None:
    """Thousands of lines go in piece by piece, and a line for each comes out."""
    lines = (json.dumps(sale(f"s{n}")).encode() + b"\n" for n in range(2_000))
    done = proxied.ask("POST", "/v1/events/stream", content=lines, timeout=120)
    answered = [json.loads(line) for line in done.text.splitlines()]
    assert [one["line"] for one in answered] == list(range(1, 2_001))
    assert all("judged" in one for one in answered)


def test_only_its_own_network_reads_metrics(proxied: Proxied) -> None:
    """Who is not in the network that collects metrics gets none, with whatever key."""
    assert proxied.ask("GET", "/metrics", proxied.auditor).status_code == 403


def test_a_key_in_clear_is_refused(proxied: Proxied) -> None:
    """Without TLS the interface is refused and not redirected; pages are."""
    if proxied.plain is None:
        pytest.skip("Caddy has ports for its own redirects, which the test leaves off")
    assert httpx.get(f"{proxied.plain}/v1/cases").status_code == 403
    assert httpx.get(f"{proxied.plain}/").headers["location"].startswith("https://")


def test_the_log_names_nobody(proxied: Proxied) -> None:
    """Paths, queries, headers and addresses of clients are not in the proxy's log."""
    proxied.ask("GET", "/v1/things/party?id=market:party:secret", proxied.auditor)
    until = time.monotonic() + 10
    while not proxied.log.exists() or proxied.log.stat().st_size == 0:
        assert time.monotonic() < until
        time.sleep(0.05)
    written = proxied.log.read_text()
    for word in ("secret", "/v1", "vk_", "127.0.0.1", NAME + ":"):
        assert word not in written.replace(f'"host":"{NAME}', ""), word
