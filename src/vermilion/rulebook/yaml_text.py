"""Write text into YAML so that it reads back as it was, whatever it holds."""

from __future__ import annotations

import json

from vermilion.errors import UsageError


def quoted(text: str) -> str:
    """Write any text as one YAML scalar in double quotes, on one line.

    Raises:
        UsageError: it holds half of a character, as a terminal in another encoding may give it.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UsageError(
            "text_not_utf8", f"{text!a} is not text in UTF-8", help="set the terminal to UTF-8"
        ) from None
    return '"' + "".join(c if _plain(c) else _escaped(c) for c in text) + '"'


def commented(text: str, indent: int = 0) -> str:
    """Return text as lines of comment."""
    return "".join(f"{' ' * indent}# {line}\n" for line in text.splitlines())


def _plain(character: str) -> bool:
    return character.isprintable() and character not in '"\\'


def _escaped(character: str) -> str:
    if character in '"\\\n\t\r':
        return json.dumps(character)[1:-1]
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
