"""The format's page: its programs and other people's tools say of each published permit what we say."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from vermilion.errors import DataError
from vermilion.permit import MAX_PERMIT, MAX_SKEW, Verifier, parse_key, sign_permit

from .samples import KEY, ROOT, outcome, signed, tool
from .test_jws import all_claims

PAGE = (ROOT / "docs" / "permit-format.md").read_text(encoding="utf-8")
VECTORS: dict[str, Any] = json.loads(
    (ROOT / "docs" / "vectors" / "permits.json").read_text(encoding="utf-8")
)
CASES: list[dict[str, Any]] = VECTORS["cases"]
# The programs allow no skew, and a line of their input holds no line break.
FOR_PROGRAMS = [one for one in CASES if not one["skew_seconds"] and "\n" not in one["permit"]]
RUNS = {
    "python": ("verify.py", [sys.executable]),
    "javascript": ("verify.js", ["node"]),
    "java": ("Verify.java", ["java"]),
}


def program(language: str) -> str:
    """Return the page's program in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def test_the_vectors_are_current(tmp_path: Path) -> None:
    """`python tools/permit_vectors.py` would change no byte, and `--check` tells if it would."""
    assert tool.main(["--check"]) == 0
    stale = tmp_path / "permits.json"
    assert tool.main(["--check", "--out", str(stale)]) == 1
    assert tool.main(["--out", str(stale)]) == 0
    assert tool.main(["--check", "--out", str(stale)]) == 0


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_each_vector(case: dict[str, Any]) -> None:
    """A verifier with the published key says of each permit what the file expects."""
    verifier = Verifier(parse_key(json.dumps(VECTORS["key"])))
    asked = {name: case[name] for name in ("issuer", "event_digest", "skew_seconds")}
    try:
        verifier.verify(case["permit"], case["now"], **asked)
        found = "good"
    except DataError as error:
        found = error.code
    assert found == case["expect"]


def test_the_vectors_cover_every_answer() -> None:
    """Each code that a verifier gives stands in the file, and its names are distinct."""
    codes = ["too_long", "malformed", "key", "altered", "issuer", "event", "not_yet", "expired"]
    assert {one["expect"] for one in CASES} == {"good", *(f"permit_{code}" for code in codes)}
    assert len({one["name"] for one in CASES}) == len(CASES)


@pytest.mark.parametrize("language", RUNS)
def test_the_programs_of_the_page(language: str, tmp_path: Path) -> None:
    """Run as printed, each program says good or refused of every permit as the file expects."""
    name, command = RUNS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"`{command[0]}` is not installed, so the {language} program was not run")
    path = tmp_path / name
    path.write_text(program(language), encoding="utf-8")
    lines = [
        f"{one['now']}\t{one['issuer']}\t{one['event_digest']}\t{one['permit']}\n"
        for one in FOR_PROGRAMS
    ]
    run = subprocess.run(
        [*command, str(path), VECTORS["key"]["x"]],
        input="".join(lines),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert run.stderr == ""
    said = dict(zip([one["name"] for one in FOR_PROGRAMS], run.stdout.split(), strict=True))
    wanted = {one["name"]: "good" if one["expect"] == "good" else "refused" for one in FOR_PROGRAMS}
    assert said == wanted


def test_openssl_verifies_one(tmp_path: Path) -> None:
    """OpenSSL's own command verifies a permit's signature, and refuses it over other bytes."""
    if shutil.which("openssl") is None:
        pytest.skip("`openssl` is not installed")
    text, _, signature = sign_permit(tool.sample(), KEY).rpartition(".")
    key = Ed25519PublicKey.from_public_bytes(KEY.permit_public_key)
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (tmp_path / "key.pem").write_bytes(pem)
    (tmp_path / "signature").write_bytes(base64.urlsafe_b64decode(signature + "=="))
    command = "openssl pkeyutl -verify -rawin -pubin -inkey key.pem -sigfile signature -in signed"
    for signed_text, code in ((text, 0), (text + "A", 1)):
        (tmp_path / "signed").write_text(signed_text)
        run = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, check=False)
        assert run.returncode == code, run.stderr


def test_the_page_states_the_limits() -> None:
    """Length and skew on the page are those of the code."""
    assert f"{MAX_PERMIT:,} characters" in PAGE
    assert f"by {MAX_SKEW} at most" in PAGE


def form() -> re.Pattern[str]:
    """Return the expression of the page's Python program."""
    names: dict[str, Any] = {}
    exec(program("python").partition("def encode")[0], names)
    pattern: re.Pattern[str] = names["FORM"]
    return pattern


FORM = form()


@given(all_claims())
def test_the_expression_admits_whatever_is_signed(claims: Any) -> None:
    """Any payload that is signed has the form of the page's expression."""
    assert FORM.fullmatch(msgspec.json.encode(claims).decode())


PAYLOAD = msgspec.json.encode(tool.resolved()).decode()


@given(st.integers(0, len(PAYLOAD)), st.integers(0, 3), st.text(max_size=3))
def test_the_expression_refuses_what_is_refused(place: int, less: int, more: str) -> None:
    """A changed payload passes here if and only if it has the form, but for what it must mean."""
    payload = PAYLOAD[:place] + more + PAYLOAD[place + less :]
    try:
        data = payload.encode()
    except UnicodeEncodeError:
        return
    matched = FORM.fullmatch(payload)
    found = outcome(signed(data), int(matched[2]) if matched else 0)
    if not isinstance(found, DataError):
        assert matched is not None
    elif matched is not None:
        assert "does not come after" in found.message or "length" in found.message
