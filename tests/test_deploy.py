"""What operators install says what their page says: units, proxies, container, settings."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import msgspec
import pytest
from packaging.requirements import Requirement

from vermilion.web.settings import ServeSettings
from vermilion.web.settings_source import OIDC_SECRET, variables

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
PAGE = (ROOT / "docs" / "operation.md").read_text(encoding="utf-8")

HARDENING = (
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "NoNewPrivileges=yes",
    "CapabilityBoundingSet=",
    "RestrictSUIDSGID=yes",
    "RestrictNamespaces=yes",
    "MemoryDenyWriteExecute=yes",
    "LockPersonality=yes",
    "SystemCallArchitectures=native",
    "UMask=0077",
)


def text(name: str) -> str:
    """Return a file of the folder."""
    return (DEPLOY / name).read_text(encoding="utf-8")


def test_every_setting_is_documented() -> None:
    """The page has each variable and each field, and numbers as they are in the code."""
    for name, (key, _) in variables(ServeSettings).items():
        if key[0] != "webhooks":
            assert f"| `{'.'.join(map(str, key))}` | `{name}` |" in PAGE
    usual = ServeSettings()
    assert OIDC_SECRET in PAGE
    limits = usual.limits
    for number in msgspec.structs.astuple(limits):
        assert f"| {number:,} " in PAGE
    assert f"| {usual.port} |" in PAGE


def test_every_file_is_told_of() -> None:
    """The page links each file that is there to be installed."""
    assert {path.name for path in DEPLOY.iterdir()} == set(
        re.findall(r"\(\.\./deploy/([^)]+)\)", PAGE)
    )


@pytest.mark.parametrize("name", ["vermilion.service", "vermilion-backup.service"])
def test_units_are_confined(name: str) -> None:
    """Neither unit may write outside its folders, gain rights, or run what is not its code."""
    lines = text(name).splitlines()
    for line in HARDENING:
        assert line in lines, line
    assert "User=vermilion" in lines
    assert not any("kek" in line and "ReadWrite" in line for line in lines)


def test_surveillance_may_step_behind_the_desk() -> None:
    """The unit denies calls about resources, and after that allows the one that `nice` makes."""
    lines = text("vermilion.service").splitlines()
    denied = lines.index("SystemCallFilter=~@privileged @resources")
    assert "SystemCallFilter=setpriority" in lines[denied:]


def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds nothing wrong in them, where there is one."""
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("there is no systemd-analyze here")
    units = []
    for path in [*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")]:
        unit = tmp_path / path.name
        unit.write_text(
            path.read_text("utf-8").replace("/opt/vermilion/bin/vermilion", "/bin/true")
        )
        units.append(unit)
    done = subprocess.run([tool, "verify", *units], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_container_holds_no_tools() -> None:
    """The last stage copies, drops pip, is not root, and looks after itself."""
    last = text("Containerfile").rpartition("\nFROM ")[2]
    assert "pip install" not in last
    assert "pip uninstall" in last
    assert "apt" not in last
    assert last.index("COPY --from=build") < last.index("USER 10001") < last.index("ENTRYPOINT")
    assert "HEALTHCHECK" in last
    assert "/health/ready" in last


def test_the_container_is_given_what_it_copies() -> None:
    """Each thing that is copied is there, and is not kept from the build."""
    let_in = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    copies = re.findall(r"^COPY (?!--from)(.+) \S+$", text("Containerfile"), re.MULTILINE)
    wanted = " ".join(copies).split()
    assert {"src", "requirements.txt"} <= set(wanted)
    for name in wanted:
        assert (ROOT / name).exists()
        assert f"!{name}" in let_in
    assert let_in[0] == "*"


def test_the_container_installs_nothing_without_its_hash() -> None:
    """Packages come from the pinned list, and ours is built by a pinned builder, from no index."""
    builder = re.search(r"'(setuptools\S+) --hash=sha256:[0-9a-f]{64}'", text("Containerfile"))
    assert builder is not None
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    built = Requirement(project["build-system"]["requires"][0])
    assert built.specifier.contains(builder[1].removeprefix("setuptools=="))
    for line in re.findall(r"pip install .+", text("Containerfile")):
        assert "--require-hashes" in line or {"--no-deps", "--no-build-isolation"} <= set(
            line.split()
        )


def test_the_pinned_list_fits_the_project() -> None:
    """Each dependency is pinned within its bounds, and each pin has a hash."""
    pins: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", (ROOT / "requirements.txt").read_text("utf-8")):
        name, version = re.match(r"([\w.-]+)==([^\s;]+)", block).groups()  # type: ignore[union-attr]
        pins.setdefault(name.lower(), []).append(version)
        assert "--hash=sha256:" in block, name
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for wanted in map(Requirement, project["dependencies"]):
        versions = pins[wanted.name.lower()]
        assert all(wanted.specifier.contains(one) for one in versions), wanted.name


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
def test_the_health_check_tells_ready_from_not(status: int, code: int) -> None:
    """It is a command that succeeds on 200 alone, asked of `/health/ready`."""
    if shutil.which("bash") is None:
        pytest.skip("there is no bash here")
    told = re.search(r"HEALTHCHECK .*\\\n\s+CMD (\[.*\])", text("Containerfile"))
    assert told is not None
    with answering(status) as (port, asked):
        command = [one.replace("8000", str(port)) for one in json.loads(told[1])]
        done = subprocess.run(command, capture_output=True, check=False, timeout=20)
    assert done.returncode == code, shlex.join(command)
    assert asked == ["/health/ready"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=20)
    assert done.returncode != 0


@contextmanager
def answering(status: int) -> Iterator[tuple[int, list[str]]]:
    """Answer each request with a status; yields the port, and the paths that were asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, asked
        server.shutdown()


def test_proxies_hold_nothing_back() -> None:
    """Server-sent events and streams pass unbuffered, and paths stay out of the logs."""
    nginx = text("nginx.conf")
    for route in ("/v1/live", "/v1/events/stream"):
        block = nginx.partition(f"location = {route} {{")[2].partition("}")[0]
        assert "proxy_buffering off;" in block
        assert "proxy_read_timeout 1h;" in block
    assert "proxy_request_buffering off;" in nginx
    assert "X-Forwarded-For $remote_addr;" in nginx
    assert "proxy_next_upstream off;" in nginx
    form = nginx.partition("log_format vermilion")[2].partition(";")[0]
    assert not re.search(r"\$(request|request_uri|uri|args|query_string|http_\w+)\b", form)
    caddy = text("Caddyfile")
    assert "flush_interval -1" in caddy
    assert "request>uri delete" in caddy
