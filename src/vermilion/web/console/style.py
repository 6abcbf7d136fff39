"""The console's own files: one style sheet, which is the reports' with the console's after it, and scripts.

A file's address holds a digest of its content, so that browsers keep it for a year and never show
an old one.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

_DARK = re.compile(
    r"@media \(prefers-color-scheme: dark\) \{\s*:root \{(?P<colours>[^}]*)\}\s*\}", re.DOTALL
)
"""Where the reports' style sheet tells the colours of the dark theme."""

_SHARED = ("report.css", "interview.css", "watch.css")
"""What the pages of other parts are dressed in."""

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


class Asset(NamedTuple):
    """A file of ours: its content, its media type, and the digest in its address."""

    content: bytes
    media_type: str
    version: str


def switchable(style: str) -> str:
    """Return the reports' style sheet with the theme that `data-theme` names, else the system's."""
    return _DARK.sub(
        r"@media (prefers-color-scheme: dark) {\n  :root:not([data-theme=light]) {\g<colours>}\n}\n"
        r":root[data-theme=dark] {\g<colours>}",
        style,
        count=1,
    )


@lru_cache(maxsize=8)
def asset(name: str) -> Asset | None:
    """Return a file by its name; None where there is none of that name."""
    if name not in {"console.css", "console.js", "signing.js", "seal.svg"}:
        return None
    text = (files("vermilion.web.console") / "static" / name).read_text("utf-8")
    if name == "console.css":
        shared = files("vermilion.pages") / "templates"
        text = "".join(switchable((shared / one).read_text("utf-8")) for one in _SHARED) + text
    content = text.encode()
    version = hashlib.sha256(content).hexdigest()[:12]
    return Asset(content, _TYPES[name.rpartition(".")[2]], version)


def address(name: str) -> str:
    """Return the address of a file of ours.

    Raises:
        LookupError: there is none of that name.
    """
    found = asset(name)
    if found is None:
        raise LookupError(name)
    return f"/static/{name}?v={found.version}"
