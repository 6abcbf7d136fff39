"""Only the public internet is reached, by exactly the address that was checked."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from vermilion.errors import DataError
from vermilion.web.webhooks.addresses import CheckedNetwork, is_public, system_resolver
from vermilion.web.webhooks.sending import Sender, Target

from .samples import receiver

HOST = "hooks.example.com"
INNER = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.1.2.3",
    "64:ff9b::169.254.169.254",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "4000::1",
]
OUTER = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1"]


@pytest.mark.parametrize("text", INNER)
def test_what_is_not_public(text: str) -> None:
    """No address of this machine, a private network or a special range counts as public."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", OUTER)
def test_what_is_public(text: str) -> None:
    """A host's address counts as public, in whatever form it leads there."""
    assert is_public(ip_address(text))


@given(st.integers(0, 2**32 - 1))
def test_forms_of_ipv4_agree(number: int) -> None:
    """An IPv4-mapped and a NAT64 form are public if and only if the IPv4 address itself is."""
    own = is_public(IPv4Address(number))
    assert is_public(IPv6Address((0xFFFF << 32) | number)) is own
    assert is_public(IPv6Address((0x64FF9B << 96) | number)) is own


class Recorded(httpcore.AsyncNetworkBackend):
    """A network that notes where it is led and connects nowhere."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    async def connect_tcp(self, host: str, port: int, *_: Any, **__: Any) -> Any:
        """Note the address."""
        self.asked.append((host, port))
        raise httpcore.ConnectError


def network(
    *answers: Sequence[str], allowed: Sequence[str] = ()
) -> tuple[CheckedNetwork, Recorded]:
    """Return a network over a resolver that gives these answers in turn, and what it is led to."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0)

    one = CheckedNetwork([ip_network(text) for text in allowed], resolve)
    inner = Recorded()
    one._network = inner  # type: ignore[assignment]
    return one, inner


def connect(one: CheckedNetwork, host: str = HOST) -> None:
    """Try to connect."""
    with pytest.raises(httpcore.ConnectError):
        asyncio.run(one.connect_tcp(host, 443, 1.0))


def test_one_resolution_is_checked_and_connected() -> None:
    """The addresses connected to are those checked, and each connection asks for the name once."""
    one, inner = network(["1.1.1.1", "2606:4700:4700::1111"], ["1.0.0.1"])
    connect(one)
    connect(one)
    assert inner.asked == [("1.1.1.1", 443), ("2606:4700:4700::1111", 443), ("1.0.0.1", 443)]


def test_rebinding() -> None:
    """A name that meant a public address and then means this machine is not connected to again."""
    one, inner = network(["1.1.1.1"], ["127.0.0.1"])
    connect(one)
    with pytest.raises(DataError, match="public internet"):
        asyncio.run(one.connect_tcp(HOST, 443, 1.0))
    assert inner.asked == [("1.1.1.1", 443)]


@pytest.mark.parametrize(
    "inner_address", ["127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::169.254.169.254"]
)
def test_one_bad_address_among_good_ones(inner_address: str) -> None:
    """A name with one address that may not be reached is not connected to at all."""
    one, inner = network(["1.1.1.1", inner_address])
    with pytest.raises(DataError, match="public internet"):
        asyncio.run(one.connect_tcp(HOST, 443, 1.0))
    assert inner.asked == []


def test_allowed_networks() -> None:
    """An address in an allowed network is reached, its mapped form too, and its neighbour is not."""
    one, inner = network(["10.1.0.7"], ["::ffff:10.1.0.7"], ["10.2.0.7"], allowed=["10.1.0.0/16"])
    connect(one)
    connect(one)
    assert len(inner.asked) == 2
    with pytest.raises(DataError, match="public internet"):
        asyncio.run(one.connect_tcp(HOST, 443, 1.0))


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_other_spellings_of_this_machine(host: str) -> None:
    """However this machine's address is spelt, the system's resolver gives it away."""
    one = CheckedNetwork([], system_resolver)
    inner = one._network = Recorded()  # type: ignore[assignment]
    with pytest.raises((DataError, httpcore.ConnectError)):
        asyncio.run(one.connect_tcp(host, 443, 1.0))
    assert inner.asked == []


def test_a_name_that_cannot_be_resolved() -> None:
    """A label that is too long, or no answer, is a failed connection and no fault of ours."""
    connect(CheckedNetwork([], system_resolver), "a" * 70 + ".example")
    connect(network([])[0])


def certificate(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server named `HOST` shows, and a client that trusts it alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    text = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "both.pem").write_bytes(text + made.public_bytes(pem))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "both.pem")
    client = ssl.create_default_context(cadata=made.public_bytes(pem).decode())
    return server, client


def test_name_and_certificate_stay_the_receivers(tmp_path: Path) -> None:
    """Over a checked address, SNI, certificate and `Host` are those of the name; another is refused."""
    server, client = certificate(tmp_path)
    names: list[str | None] = []
    server.sni_callback = lambda _socket, name, _context: names.append(name)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def deliver() -> tuple[str | None, str | None, dict[str, str]]:
        async with receiver(tls=server) as one:
            sender = Sender([ip_network("127.0.0.1")], resolve, client)
            taken = await sender.send(Target("https", HOST, one.port, "/"), {}, b"{}")
            other = await sender.send(
                Target("https", "other.example.com", one.port, "/"), {}, b"{}"
            )
            await sender.close()
            return taken, other, one.heard[0].headers | {"port": str(one.port)}

    taken, other, headers = asyncio.run(deliver())
    assert taken is None
    assert other == "no answer: ConnectError"
    assert names == [HOST, "other.example.com"]
    assert headers["host"] == f"{HOST}:{headers['port']}"
