"""What was seen in a market on a terminal, eighty columns wide or piped; imported only when printing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from vermilion.desk.watch.preview import Preview
from vermilion.desk.watch.publish import Published
from vermilion.desk.watch.run import Watched
from vermilion.market.report import DetectorLine
from vermilion.pages import watch_view as view
from vermilion.pages.printing import put_head, put_line, put_split
from vermilion.pages.text import visible
from vermilion.pages.watch_words import QUALITY, tell, word
from vermilion.pages.words import Language, pick, say, thousands
from vermilion.rulebook import Words

_WORDS = {
    "strongest": Words("各检测器分数最高的线索", "The strongest sign of each detector"),
    "detectors": Words("检测器", "Detectors"),
    "detector": Words("{n} 条 · {flagged} 笔成交", "signs: {n}, trades: {flagged}"),
    "silent": Words("没有看到线索的：{names}", "saw nothing: {names}"),
    "preview.same": Words("线索不变。", "The findings would be the same."),
    "preview.counts": Words(
        "由 {before} 条变为 {after} 条：新增 {come} 条，消失 {go} 条",
        "{before} now, {after} then: {come} would come, {go} would go",
    ),
    "rejected": Words("无法读取的行", "rows that cannot be read"),
    "published": Words("已写入账簿：{counts}", "published in the book: {counts}"),
    "published.none": Words("没有线索", "nothing"),
    "published.new": Words("新增 {n} 条", "{n} new"),
    "published.grown": Words("增长 {n} 条", "{n} grown"),
    "published.again": Words("再现 {n} 条", "{n} back again"),
    "published.same": Words("不变 {n} 条", "{n} unchanged"),
    "published.dismissed": Words("已排除且未增长 {n} 条", "{n} dismissed before"),
    "published.gone": Words("不再成立 {n} 条", "{n} gone"),
    "published.joined": Words("并入其他 {n} 条", "{n} joined to others"),
    "published.refused": Words("未能记录 {n} 条", "{n} not recorded"),
}


def print_watch(found: Watched, console: Console, language: Language = "en") -> None:
    """Print what a run saw: the answer, a line for each detector, the strongest findings, quality.

    Foreign text is never read as markup, hidden characters are written out, and no line is longer
    than the console is wide.
    """
    report = found.report
    for sentence in view.headlines(report, language):
        put_line(console, Text(sentence, style="bold"))
    put_line(console, Text(tell("signs", language), style="dim"))
    _detectors(report.detectors, console, language)
    if report.findings:
        put_head(console, _say("strongest", language))
        strongest = {one.detector: one for one in reversed(report.findings)}
        for one in sorted(strongest.values(), key=report.findings.index):
            told = Text(f"{one.score:>3}  {visible(getattr(one.sentence, language))}")
            put_line(console, told, indent=2)
    _quality(found, console, language)
    if found.published is not None:
        put_line(console, Text(_published(found.published, language)))
    console.print()
    took = tell("took.value", language, seconds=f"{report.seconds:.1f}", engine=report.engine)
    put_line(console, Text(took, style="dim"))


def print_preview(found: Sequence[Preview], console: Console, language: Language = "en") -> None:
    """Print which findings would come and go, detector by detector, with the strongest of each."""
    if not found:
        put_line(console, Text(_say("preview.same", language)))
    for one in found:
        put_head(console, one.detector)
        told = _say(
            "preview.counts",
            language,
            before=thousands(one.before),
            after=thousands(one.after),
            come=thousands(one.come),
            go=thousands(one.go),
        )
        put_line(console, Text(told), indent=2)
        for sign, examples in (("+", one.coming), ("-", one.going)):
            for each in examples:
                sentence = visible(getattr(each, language))
                put_line(console, Text(f"{sign} {each.score:>3}  {sentence}"), indent=2)


def _detectors(lines: list[DetectorLine], console: Console, language: Language) -> None:
    put_head(console, _say("detectors", language))
    for one in lines:
        if one.findings:
            told = _say(
                "detector",
                language,
                n=thousands(one.findings),
                flagged=thousands(one.flagged),
            )
            title = Text(visible(getattr(one.title, language)))
            named = Text(f"{title.plain} ({visible(one.name)})")
            fits = named.cell_len + cell_len(told) + 4 <= console.width
            put_split(console, named if fits else title, Text(told))
    silent = [one.name for one in lines if not one.findings]
    if silent:
        put_line(
            console,
            Text(_say("silent", language, names=", ".join(silent)), style="dim"),
            indent=2,
        )


def _published(counts: Published, language: Language) -> str:
    """Say what became of the findings, each count that is not zero."""
    said = [
        _say(f"published.{name}", language, n=thousands(n))
        for name, n in msgspec.structs.asdict(counts).items()
        if n
    ]
    told = say("separator", language).join(said) or _say("published.none", language)
    return _say("published", language, counts=told)


def _quality(found: Watched, console: Console, language: Language) -> None:
    if not any(found.quality.values()) and not found.rejected:
        return
    put_head(console, tell("quality", language))
    for code, count in found.quality.items():
        if count:
            put_split(console, Text(word(QUALITY, code, language)), Text(thousands(count)))
    if found.rejected:
        put_split(console, Text(_say("rejected", language)), Text(thousands(found.rejected)))


def _say(key: str, language: Language, **values: object) -> str:
    return pick(_WORDS[key], language).format(**values)
