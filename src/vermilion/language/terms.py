"""Find the terms of a list in a text: normal form, gaps, word borders, exceptions."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

GAP = 12
"""How many characters a `…` in a term stands for, at most."""
_CACHED_LENGTH = 5_000
_CACHED_TEXTS = 4
_MARKS_IN_A_ROW = 30  # UAX #15, Stream-Safe Text Format
# A mark is no letter or digit; one may decompose into two.
_MAYBE_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{_MARKS_IN_A_ROW // 2}}}")

# General category Cf up to Unicode 16, variation selectors, the other code points that Unicode
# gives Default_Ignorable_Code_Point, and control characters that are no white space.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891"
    "\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_HAN = re.compile("[\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_PARTED = re.compile(
    rf"(?<!{_HAN.pattern}){_HAN.pattern}(?:(?:[^\w。,!?;:()'\"]|_){{1,3}}{_HAN.pattern}(?!{_HAN.pattern}))+"
)
_NOT_HAN = re.compile(f"[^{_HAN.pattern[1:]}")
_HAN_BLOCKS = (range(0x2E80, 0x2FE0), range(0x3400, 0xA000), range(0x20000, 0x323B0))
_SPACES = re.compile(r"\s\s+|[^\S \n]")
_LINE_BREAKS = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_QUOTES = (("\u2018", "'"), ("\u2019", "'"), ("\u201c", '"'), ("\u201d", '"'))
# Cyrillic and Greek letters that look like Latin ones (a subset of Unicode UTS #39, confusables).
_ALIKE = str.maketrans("авекмнорстухіјѕһԁԛԝӏαβεζηικμνορτυχ", "abekmhopctyxijshdqwlabeznikmvoptux")
_MAYBE_ALIKE = re.compile("[\u00c0-\u024f\u0300-\u036f\u0370-\u052f\u1e00-\u1fff]")
_ACCENTS = re.compile("[\u0300-\u036f]+")
# NFKC does this too, but a hundred times slower.
_WIDE = (("，", ","), ("！", "!"), ("？", "?"), ("：", ":"), ("；", ";"), ("（", "("), ("）", ")"))

# A full stop that ends a sentence, written as a character that no normal form holds.
_STOP = "\x00"
_FULL_STOP = re.compile(r"\.(?=[ \n])")
_GAP = rf"[^{_STOP}。!?;,\n]"
_SPACE = "[ \n\u2010-]"
# Letters and digits of scripts that part their words; the rest is East Asian.
_WORD = r"[^\W_\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\U00020000-\U000323af]"
_IS_WORD = re.compile(_WORD)
_IS_LATIN = re.compile(r"[a-z\xdf-\xf6\xf8-\u024f\u1e00-\u1eff]")

Span = tuple[int, int]


class _Folded(NamedTuple):
    plain: str
    marked: str


class _Pattern(NamedTuple):
    needles: tuple[str, ...]
    regex: str

    def may_occur(self, text: _Folded) -> bool:
        """Tell quickly whether each part stands somewhere in the text."""
        return all(needle in text.plain for needle in self.needles)

    def spans(self, text: _Folded) -> Iterator[Span]:
        """Give one stretch for each place where the pattern begins."""
        return (match.span(1) for match in _compiled(self.regex).finditer(text.marked))


def normalise(text: str) -> str:
    """Return the form in which terms and texts are compared; to normalise twice changes nothing.

    Unicode NFKC and case folding, so full width becomes half width; traditional characters become
    simplified ones, each by itself; format characters, variation selectors, and other characters
    that are not seen, vanish; curly quotation marks become straight; a run of white space becomes
    one line break where it holds one, else one space. Of a run of combining marks 30 stay.
    """
    if text.isascii():
        text = (text if text.isprintable() else _UNSEEN.sub("", text)).lower()
    else:
        text = _compatible(_UNSEEN.sub("", text))
        if _HAN.search(text):
            text = _simplified(text)
        text = _replaced(text, _QUOTES)
    return text if text.isprintable() and "  " not in text else _SPACES.sub(_one_space, text)


def undisguised(text: str) -> str:
    """Return the normal form, rid of what readers look past: the form in which terms are sought.

    Letters that look like Latin ones become these, accents vanish, and Chinese characters that
    stand one by one with signs or blanks between them (`保·本`, `保 本`) close up. One that stands
    beside another on either side stays apart, so that `担保 本店` holds no `保本`.
    """
    text = normalise(text)
    if text.isascii():
        return text
    if _MAYBE_ALIKE.search(text):
        apart = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
        text = normalise(unicodedata.normalize("NFC", apart).translate(_ALIKE))
    return _PARTED.sub(lambda run: _NOT_HAN.sub("", run.group()), text)


class Terms:
    """A list of terms, and the exceptions to it, made ready to look for in texts.

    Everything is compared rid of disguise (see `undisguised`). A term is literal, but for this:

    * `…` stands for 0 to 12 characters within one clause: none of them is `。`, `!`, `?`, `;`, `,`,
      a line break, or a `.` with a space or line break after it. A term holds one `…` at most, and
      something before and after it: its parts.
    * A space or hyphen stands for one space, line break or hyphen.
    * Where a part begins or ends with a letter or digit, no other letter or digit stands next to
      it there. Chinese, Japanese and Korean characters have no such borders, and are none.
    * A part that ends with a Latin letter other than `s` also occurs with one `s` after it.

    Where stretches of text at which a term occurs lie one within another, the inner one counts.
    An exception follows the same grammar, and cancels the occurrences that lie wholly within any
    stretch at which it occurs. A term is found where an occurrence remains.

    Args:
        terms: of terms that are alike in normal form the first stands for all.
        exceptions: phrases within which no term counts.

    Raises:
        ValueError: a term or exception has two `…`, or a part of which nothing is seen.
    """

    __slots__ = ("_exceptions", "_terms")

    def __init__(self, terms: Sequence[str], exceptions: Sequence[str] = ()) -> None:
        firsts: dict[_Pattern, str] = {}
        for term in terms:
            firsts.setdefault(_pattern(term, shortest=True), term)
        self._terms = tuple((pattern.needles[0], pattern, term) for pattern, term in firsts.items())
        self._exceptions = tuple(_pattern(phrase, shortest=False) for phrase in exceptions)

    def found(self, text: str) -> tuple[str, ...]:
        """Return the terms found, in the list's spelling, by the place where each first counts."""
        firsts = dict(self._counting(_fold(text)))
        return tuple(sorted(firsts, key=firsts.__getitem__))

    def matches(self, text: str) -> bool:
        """Tell whether any term is found."""
        return any(True for _ in self._counting(_fold(text)))

    def _counting(self, text: _Folded) -> Iterator[tuple[str, int]]:
        """Give each term found, in the list's order, with the start of its first occurrence."""
        plain = text.plain
        # In place of `may_occur` alone: nearly every term of every list ends at this test.
        near = [(pattern, term) for needle, pattern, term in self._terms if needle in plain]
        likely = [(pattern, term) for pattern, term in near if pattern.may_occur(text)]
        cover = _Cover(self._exceptions if likely else (), text)
        for pattern, term in likely:
            for span in _innermost(pattern.spans(text)):
                if not cover.holds(span):
                    yield term, span[0]
                    break


class _Cover:
    """The stretches of a text at which exceptions occur."""

    def __init__(self, exceptions: Sequence[_Pattern], text: _Folded) -> None:
        likely = (pattern for pattern in exceptions if pattern.may_occur(text))
        spans = sorted(span for pattern in likely for span in pattern.spans(text))
        self._starts = [start for start, _ in spans]
        self._reach = list(accumulate((end for _, end in spans), max))

    def holds(self, span: Span) -> bool:
        """Tell whether one of the stretches holds the whole span."""
        before = bisect_right(self._starts, span[0])
        return before > 0 and span[1] <= self._reach[before - 1]


def _innermost(spans: Iterator[Span]) -> Iterator[Span]:
    """Leave out each span that holds another; the spans' ends never fall."""
    held: Span | None = None
    for span in spans:
        if held and held[1] < span[1]:
            yield held
        held = span
    if held:
        yield held


def _pattern(term: str, *, shortest: bool) -> _Pattern:
    parts = [undisguised(part).strip() for part in re.split("…+", term)]
    if not all(parts):
        raise ValueError(f"term `{term}` is empty, or has an empty part beside its `…`")
    # Each more would make the work per character of text 13-fold.
    if len(parts) > 2:
        raise ValueError(f"term `{term}` has more than one `…`")
    gap = f"{_GAP}{{0,{GAP}}}" + ("?" if shortest else "")
    # Within a look-ahead, so that occurrences that overlap are all seen.
    regex = f"(?=({gap.join(_part(part) for part in parts)}))"
    return _Pattern(tuple(_plain(part) for part in sorted(parts, key=len, reverse=True)), regex)


# To compile takes milliseconds, and few terms of a list ever come near to a text.
_compiled = lru_cache(maxsize=None)(re.compile)


def _part(part: str) -> str:
    before = f"(?<!{_WORD})" if _IS_WORD.match(part[0]) else ""
    after = f"(?!{_WORD})" if _IS_WORD.match(part[-1]) else ""
    plural = "s?" if _IS_LATIN.match(part[-1]) and part[-1] != "s" else ""
    return before + "".join(map(_literal, part)) + plural + after


def _literal(char: str) -> str:
    if char in " \n\u2010-":
        return _SPACE
    return f"[.{_STOP}]" if char == "." else re.escape(char)


def _fold(text: str) -> _Folded:
    return _folded_again(text) if len(text) <= _CACHED_LENGTH else _folded(text)


def _folded(text: str) -> _Folded:
    normal = undisguised(text)
    return _Folded(_plain(normal), _FULL_STOP.sub(_STOP, normal))


# Many lists look at one text after the other; texts are personal data, so few are kept.
_folded_again = lru_cache(maxsize=_CACHED_TEXTS)(_folded)


def _one_space(run: re.Match[str]) -> str:
    return " " if _LINE_BREAKS.isdisjoint(run.group()) else "\n"


def _plain(normal: str) -> str:
    return _replaced(normal, (("\n", " "), ("\u2010", " "), ("-", " ")))


def _compatible(text: str) -> str:
    """Return the text in NFKC with case folded."""
    if _MAYBE_MARKS.search(text):
        text = _few_marks(text)
    text = _replaced(text, _WIDE)
    text = unicodedata.normalize("NFKC", text)
    folded = text.casefold()
    return text if folded == text else unicodedata.normalize("NFKC", folded)


def _few_marks(text: str) -> str:
    """Keep the first of each run of combining marks: to order them takes quadratic time."""
    apart = {char: unicodedata.normalize("NFKD", char) for char in set(text)}
    marks = {char: to for char, to in apart.items() if unicodedata.combining(to[0])}
    if not marks:
        return text
    text = text.translate({ord(char): to for char, to in marks.items() if char != to})
    run = "".join(map(re.escape, sorted(set("".join(marks.values())))))
    return re.sub(f"([{run}]{{{_MARKS_IN_A_ROW}}})[{run}]+", r"\1", text)


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        text = text.replace(old, new)
    return text


def _simplified(text: str) -> str:
    traditional, table = _traditional()
    return text.translate(table) if traditional.search(text) else text


@cache
def _traditional() -> tuple[re.Pattern[str], dict[int, str]]:
    """Return what finds a traditional character, and the simplified one of each."""
    # Characters one by one: read in context, a term's form would depend on its neighbours.
    from opencc import OpenCC

    han = [chr(code) for block in _HAN_BLOCKS for code in block]
    simple = dict(zip(han, OpenCC("t2s").convert("\n".join(han)).split("\n"), strict=True))
    table = {ord(one): simple.get(to, to) for one, to in simple.items() if one != to}
    rare = f"{chr(_HAN_BLOCKS[-1].start)}-{chr(_HAN_BLOCKS[-1].stop - 1)}"
    basic = "".join(chr(code) for code in table if code < _HAN_BLOCKS[-1].start)
    return re.compile(f"[{basic}{rare}]"), table


@lru_cache(maxsize=256)
def terms_of(terms: tuple[str, ...], exceptions: tuple[str, ...]) -> Terms:
    """Return a list of terms made ready to be looked for, once for each list."""
    return Terms(terms, exceptions)
