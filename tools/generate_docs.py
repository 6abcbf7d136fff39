"""Write `docs/reference/` from the types, the command line and the shipped rulebooks.

Usage: `python tools/generate_docs.py [--check] [--out FOLDER]`.
The pages say what the code says, so nobody edits them; `--check` tells whether they are current.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from reference import commands, coverage, detectors, facts, rules, schemas

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
"""Where the generated pages lie."""


def pages() -> dict[str, str]:
    """Return every generated page by its path below `docs/reference/`."""
    found = {f"schemas/{name}": text for name, text in schemas.documents().items()}
    found["coverage.md"] = coverage.page()
    found["cli.md"] = commands.page(commands.main_command())
    found["detectors.md"] = detectors.page()
    found["facts.md"] = facts.page()
    found["rules.md"] = rules.page()
    return dict(sorted(found.items()))


def write(folder: Path, wanted: Mapping[str, str]) -> None:
    """Write pages below a folder, in UTF-8 with plain newlines on every system."""
    for name, text in wanted.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


def faults(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """Return what is amiss with the pages below a folder: lacking, stale or not generated."""
    present = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    lacking = [f"{name} is lacking" for name in wanted if name not in present]
    stale = [
        f"{name} is stale"
        for name, text in wanted.items()
        if name in present and present[name] != text.encode()
    ]
    foreign = [f"{name} is not generated; remove it" for name in present if name not in wanted]
    return sorted(lacking + stale + foreign)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or with `--check` only compare; return the exit code."""
    parser = argparse.ArgumentParser(description="write docs/reference/ from the code")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if stale")
    parser.add_argument("--out", type=Path, default=REFERENCE, help="folder of the pages")
    options = parser.parse_args(arguments)
    wanted = pages()
    if not options.check:
        write(options.out, wanted)
    amiss = faults(options.out, wanted)
    for fault in amiss:
        sys.stderr.write(f"{fault}\n")
    return 1 if amiss else 0


if __name__ == "__main__":
    sys.exit(main())
