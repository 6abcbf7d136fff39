"""Read YAML with the place of every value, so that an error can name file, line and column.

Only plain data is read, with one meaning for each spelling: `true` and `false` are truth values,
decimal digits are whole numbers, everything else (`off`, `NO`, `12:30`, dates) stays a text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from vermilion.errors import RulebookError
from vermilion.language import Place

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_FILE_BYTES = 4 * 2**20
"""Largest rulebook file that is read."""
MAX_DEPTH = 40
"""Deepest nesting that is read; a parser in C would end the process where a rule never goes."""

Key = tuple[str | int, ...]

# Eighteen digits fit 64 bits; longer amounts are written as texts, as in events.
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")
_CHARACTERS = {
    "'": re.compile(r"''|.", re.DOTALL),
    '"': re.compile(r"\\x..|\\u.{4}|\\U.{8}|\\.|.", re.DOTALL),
}
_BLANK_ESCAPES = frozenset({r"\n", r"\t", r"\r", "\\ ", "\\\n", "\\\t"})
_PLAIN = re.compile(r".", re.DOTALL)


class Source:
    """One YAML document as plain data, with the place of each value by its path.

    Raises:
        RulebookError: the file is missing, too large, not YAML, nested too deep, repeats a key, or
            uses anchors, tags, fractions or numbers that are not plain decimals.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._values: dict[Key, yaml.Node] = {}
        self._names: dict[Key, yaml.Node] = {}
        self._text = self._read()
        self.data = self._build(self._compose(), ())

    def place(self, key: Key) -> Place:
        """Return where a value stands; for one that is absent, where its parent stands."""
        while key and key not in self._values:
            key = key[:-1]
        return self._at(self._values[key].start_mark) if self._values else self._at(None)

    def name_place(self, key: Key) -> Place:
        """Return where the name of a field stands."""
        return self._at(self._names[key].start_mark) if key in self._names else self.place(key)

    def text_place(self, key: Key) -> Place:
        """Return where a text stands, with the place of each of its characters."""
        node = self._values.get(key)
        if not isinstance(node, yaml.ScalarNode):
            return self.place(key)
        start, end = node.start_mark.index, node.end_mark.index
        line, line_start = node.start_mark.line + 1, start - node.start_mark.column
        if node.style in {"|", ">"}:
            head = self._text.find("\n", start) + 1
            if head:
                start, line_start, line = head, head, line + 1
            else:  # the file ends before the text begins
                start = end
        elif node.style:
            start, end = start + 1, end - 1
        spots, after = [], (line, start - line_start + 1)
        for match in _CHARACTERS.get(node.style, _PLAIN).finditer(self._text, start, end):
            if not match[0].isspace() and match[0] not in _BLANK_ESCAPES:
                spots.append((line, match.start() - line_start + 1))
                after = (line, match.end() - line_start + 1)
            if match[0].endswith("\n"):
                line, line_start = line + 1, match.end()
        return Place(self.path.name, *(spots or [after])[0], spots=(*spots, after))

    def _at(self, mark: Any) -> Place:
        return Place(self.path.name, *((mark.line + 1, mark.column + 1) if mark else (1, 1)))

    def _read(self) -> str:
        try:
            if self.path.stat().st_size > MAX_FILE_BYTES:
                raise self._error("the file has more than 4 MiB", None, help="split the file")
            return self.path.read_text(encoding="utf-8")
        except OSError as error:
            raise RulebookError(
                "rulebook_unreadable",
                f"cannot be read: {(error.strerror or str(error)).lower()}",
                help="check path and rights",
                where=str(self.path),
            ) from None
        except UnicodeDecodeError:
            raise self._error("the file is not UTF-8", None, help="save it as UTF-8") from None

    def _compose(self) -> yaml.Node:
        strange = yaml.reader.Reader.NON_PRINTABLE.search(self._text)
        if strange is not None:
            place = Place(self.path.name).at(self._text, strange.start())
            raise self._error(f"U+{ord(strange[0]):04X} is not text", place)
        try:
            self._check_events()
            node = yaml.compose(self._text, Loader=_Loader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise self._error(getattr(error, "problem", None) or "not YAML", mark) from None
        if node is None:
            raise self._error("the file is empty", None, help="write `{}` where nothing is meant")
        return node

    def _check_events(self) -> None:
        """Refuse what can make a small file large or deep, or build other than plain data."""
        depth = 0
        for event in yaml.parse(self._text, Loader=_Loader):
            if getattr(event, "anchor", None):
                raise self._error("anchors are not read", event.start_mark, help="write it out")
            if getattr(event, "tag", None):
                raise self._error("tags are not read", event.start_mark, help="leave it out")
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise self._error(f"nested more than {MAX_DEPTH} deep", event.start_mark)

    def _build(self, node: yaml.Node, key: Key) -> Any:
        self._values[key] = node
        if isinstance(node, yaml.MappingNode):
            found: dict[str, Any] = {}
            for name_node, value_node in node.value:
                if not isinstance(name_node, yaml.ScalarNode):
                    raise self._error("the name of a field is a text", name_node.start_mark)
                name = str(name_node.value)
                if name in found:
                    raise self._error(
                        f"`{name}` stands twice", name_node.start_mark, help="keep one of the two"
                    )
                self._names[*key, name] = name_node
                found[name] = self._build(value_node, (*key, name))
            return found
        if isinstance(node, yaml.SequenceNode):
            return [self._build(item, (*key, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _scalar(self, node: yaml.Node) -> Any:
        text = str(node.value)
        match node.tag.removeprefix("tag:yaml.org,2002:"):
            case "null":
                return None
            case "bool" if text.lower() in {"true", "false"}:
                return text.lower() == "true"
            case "int" if ":" not in text:
                if not _DECIMAL.match(text):
                    raise self._error(
                        f"`{text[:40]}` is not a plain decimal number of up to 18 digits",
                        node.start_mark,
                        help="put it in quotes if it is a text, or a longer amount of money",
                    )
                return int(text)
            case "float" if ":" not in text:
                raise self._error(
                    f"`{text[:40]}` is a fraction",
                    node.start_mark,
                    help="put it in quotes if it is a text; money counts in minor units",
                )
            case _:
                return text

    def _error(self, message: str, at: Any, *, help: str | None = None) -> RulebookError:
        place = at if isinstance(at, Place) else self._at(at)
        return RulebookError("rulebook_malformed", message, help=help, where=str(place))
