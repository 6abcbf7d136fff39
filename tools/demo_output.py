"""Write the demo's output into the README, between the block's fences."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def main() -> None:
    """Run the demo in an empty folder and put what it prints into the README."""
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [sys.executable, "-m", "vermilion", "demo"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(README.parent / "src"), "COLUMNS": "80"},
            capture_output=True,
            text=True,
            check=True,
        )
    output = re.sub(r"[ \t]+\n", "\n", run.stdout.strip())
    text = re.sub(
        r"(<!-- demo output[^\n]*-->\n```\n).*?(```)",
        lambda found: f"{found[1]}{output}\n{found[2]}",
        README.read_text(),
        flags=re.DOTALL,
    )
    README.write_text(text)


if __name__ == "__main__":
    main()
