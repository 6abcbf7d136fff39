"""Write what the commands of `docs/getting-started.md` really print under each of them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "getting-started.md"

_TABLE = re.compile(r"```csv\n(.*?)```", re.DOTALL)
_BLOCK = re.compile(r"(```console\n\$ ([^\n]*)\n).*?(```)", re.DOTALL)


def current(page: str) -> str:
    """Return the page with the output of its commands, run in order in an empty folder."""
    (table,) = _TABLE.findall(page)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "export.csv").write_text(table, encoding="utf-8")
        return _BLOCK.sub(lambda block: f"{block[1]}{_output(block[2], folder)}\n{block[3]}", page)


def _output(command: str, folder: str) -> str:
    run = subprocess.run(  # noqa: S602  (the commands are the page's own)
        command.replace("vermilion", f"{sys.executable} -m vermilion", 1)
        if command.startswith("vermilion")
        else command,
        shell=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return re.sub(r"[ \t]+\n", "\n", run.stdout.rstrip())


if __name__ == "__main__":
    PAGE.write_text(current(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
