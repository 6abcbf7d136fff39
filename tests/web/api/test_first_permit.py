"""The page takes a newcomer from nothing to a first permit, run as printed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import vermilion

from ..test_service import process

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "api.md").read_text(encoding="utf-8")
(WORKING,) = re.findall(
    r"^```python\n(.*?)^```", (DOCS / "cases.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
)
MAKING, *ASKING = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
LACKING = re.sub(r" +\"settlement\".*?\}\],\n", "", ASKING[1], flags=re.DOTALL).replace(
    "1001", "1002"
)
"""The page's proposal of another business, without a fact that the page says is needed."""


def shell(script: str, folder: Path) -> str:
    """Run lines of the page in a folder; return what they print."""
    known = {"PYTHON": sys.executable, "PYTHONPATH": str(Path(vermilion.__file__).parents[1])}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f'vermilion() {{ "$PYTHON" -m vermilion "$@"; }}\n{script}'],
        cwd=folder, env={**os.environ, **known}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_page_leads_to_a_permit(tmp_path: Path) -> None:
    """Facts, a proposal, its verified permit, and the sale; what lacks a fact is held as cases."""
    for program in ("bash", "curl"):
        if shutil.which(program) is None:
            pytest.skip(f"`{program}` is not installed, so the page's lines were not run")
    *making, serving = MAKING.splitlines()
    assert serving == "vermilion serve shop"
    shell("\n".join(making), tmp_path)
    with process(tmp_path / "shop") as (_, address):
        there = "\n".join([*ASKING, LACKING]).replace("http://127.0.0.1:8000", address)
        assert address in there
        said = shell(there, tmp_path).splitlines()
    facts, (permitted, verified, *rest) = said[:4], said[4:]
    assert all(f'{{"line":{n},"judged":' in one for n, one in enumerate(facts, 1))
    assert permitted == "permitted"
    assert verified.startswith("good: ")
    settled = [one for one in rest if one.startswith("{")]
    assert [re.findall(r'"status":"(\w+)', one) for one in settled] == [["sealed"], ["duplicate"]]
    assert rest[-1] == "held"
    (tmp_path / "cases.py").write_text(WORKING, encoding="utf-8")
    assert "Words(zh=" in shell('"$PYTHON" cases.py', tmp_path)
