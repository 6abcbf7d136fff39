"""What operators install says what their page says: units, proxies, container, settings."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

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
    for number in (limits.max_body, limits.stream_lines, limits.rate, limits.patience):
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
