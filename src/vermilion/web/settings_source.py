"""Where settings come from: a file with places, variables over it, and secrets kept elsewhere."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

from vermilion.errors import RulebookError
from vermilion.language import Place
from vermilion.rulebook.load import unknown
from vermilion.rulebook.yaml_source import Key, Source

PREFIX = "VERMILION_SERVE_"
"""How the names of variables begin that are settings."""

OIDC_SECRET = "VERMILION_SERVE_OIDC_CLIENT_SECRET"  # noqa: S105 - a variable's name
"""Where the client secret is looked for unless the file says otherwise."""


class Given:
    """A file's data with the environment's over it, and where each value stands.

    Raises:
        RulebookError: the file is no plain YAML, or a variable is no setting.
    """

    def __init__(
        self, path: Path, shape: type[msgspec.Struct], environment: Mapping[str, str]
    ) -> None:
        self.path = path
        self._source = Source(path) if path.exists() else None
        self.data: Any = {} if self._source is None else self._source.data
        self._from: dict[Key, str] = {}
        known = variables(shape)
        for name in sorted(environment):
            if name.startswith(PREFIX) and name != OIDC_SECRET and not _names(self.data, name):
                if name not in known:
                    raise unknown(_Variable(name), "setting", name, known)
                self._take(name, *known[name], environment[name])

    def place(self, key: Key) -> Place:
        """Return where a value stands: in the file, or in a variable."""
        for length in range(len(key), 0, -1):
            if key[:length] in self._from:
                return _Variable(self._from[key[:length]])
        if self._source is not None and self._source.place(key) != self._source.place(()):
            return self._source.place(key)
        within = [name for of, name in self._from.items() if key and of[: len(key)] == key]
        if within:
            return _Variable(within[0])
        return Place(self.path.name) if self._source is None else self._source.place(key)

    def name_place(self, key: Key) -> Place:
        """Return where the name of a field stands."""
        return self.place(key) if self._source is None else self._source.name_place(key)

    def text_place(self, key: Key) -> Place:
        """Return where a text stands."""
        return self.place(key)

    def _take(self, name: str, key: Key, kind: inspect.Type, text: str) -> None:
        """Put a variable's value where its field stands; what is misshapen there is told later."""
        inner = self.data
        for part in key[:-1]:
            if isinstance(inner, dict):
                inner = inner.setdefault(part, {})
        if isinstance(inner, dict):
            inner[key[-1]] = _converted(text, kind)
            self._from[key] = name


class _Variable(Place):
    """The place of a value that a variable gives."""

    def __str__(self) -> str:
        return f"environment {self.file}"


def variables(shape: type[msgspec.Struct], key: Key = ()) -> dict[str, tuple[Key, inspect.Type]]:
    """Return each variable with the field that it sets, and that field's type.

    Lists of objects, and fields that say where a secret is, stand in the file alone.
    """
    found: dict[str, tuple[Key, inspect.Type]] = {}
    for field in msgspec.structs.fields(shape):
        kind = inspect.type_info(field.type)
        if isinstance(kind, inspect.UnionType):
            kind = next(one for one in kind.types if not isinstance(one, inspect.NoneType))
        path = (*key, field.name)
        if isinstance(kind, inspect.StructType):
            found |= variables(kind.cls, path)
        elif not field.name.endswith("secret") and not _is_deep(kind):
            found[PREFIX + "_".join(map(str, path)).upper()] = path, kind
    return found


def _is_deep(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.ListType) and isinstance(kind.item_type, inspect.StructType)


def _converted(text: str, kind: inspect.Type) -> object:
    """Read a variable as its field wants it; what cannot be is left for the field to refuse."""
    match kind:
        case inspect.ListType(item_type=item):
            return [_converted(part.strip(), item) for part in text.split(",") if part.strip()]
        case inspect.BoolType():
            return {"true": True, "false": False}.get(text.lower(), text)
        case inspect.IntType() if re.fullmatch("[0-9]{1,18}", text, re.ASCII):
            return int(text)
    return text


def _names(data: Any, name: str) -> bool:
    """Tell whether the file says that a secret is in a variable."""
    if isinstance(data, dict | list):
        return any(_names(one, name) for one in (data.values() if isinstance(data, dict) else data))
    return bool(data == f"env:{name}")


def read_secret(reference: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the secret that `env:NAME` or `file:PATH` (an absolute path) points at.

    Raises:
        RulebookError: `bad_setting`: it is not there, is empty, or the text is no reference.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        found = environment.get(name, "").strip()
        help = f"set `{name}`, or name a file: `file:/path`"
        if not found:
            raise bad(f"the environment has no `{name}`", None, help)
        return found
    if kind != "file" or not Path(name).is_absolute():
        # What stands there may be the secret itself, and is not repeated.
        help = "write `env:NAME` or `file:/path`; a secret does not stand in the settings"
        raise bad("this does not say where the secret is", None, help)
    try:
        found = Path(name).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise bad(
            f"the secret's file cannot be read: {reason}", None, "check path, rights"
        ) from None
    if not found:
        raise bad("the secret's file is empty", None, "put the secret into it")
    return found


def key_of(where: str) -> Key:
    """Read a path such as `webhooks.subscriptions[0].url`."""
    return tuple(
        int(index) if index else name
        for name, index in re.findall(r"([A-Za-z_]\w*)|\[(\d+)\]", where)
    )


def bad(message: str, where: str | None, help: str | None) -> RulebookError:
    """Return the error that a setting cannot be."""
    return RulebookError("bad_setting", message, help=help, where=where)
