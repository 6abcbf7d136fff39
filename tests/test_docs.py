"""The documentation is current: generated pages, examples, names and links."""

from __future__ import annotations

import importlib
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import get_args

import click
import msgspec
import pytest

from vermilion.cli import main
from vermilion.desk.loop.reconcile import COUNTS, NOT_TOLD
from vermilion.desk.loop.resolve import CONFIRMED_WITHIN_DAYS, MOST_DAYS, Void
from vermilion.desk.loop.serials import GRACE
from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import EVENT_TYPES, BypassReason, Event
from vermilion.facts.namespace import namespace, roles
from vermilion.rulebook import PermitTerms, find_rulebook, load_rulebook, shipped_rulebooks
from vermilion.rulebook.model import BindingClass, Tier, Verdict

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
HAND_WRITTEN = [page for page in PAGES if REFERENCE not in page.parents]

_FENCED = re.compile(r"^(```+).*?^\1", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+(?:\([^()\s]*\))?)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_EXAMPLE = re.compile(r"^```json\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """Return the generator of the reference pages."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        return importlib.import_module("generate_docs")
    finally:
        sys.path.pop(0)


@pytest.fixture(scope="module")
def generated(generator: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of freshly generated pages."""
    folder = tmp_path_factory.mktemp("reference")
    assert generator.main(["--out", str(folder)]) == 0
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def text(name: str) -> str:
    """Return a page of the documentation."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_generated_pages_are_current(generated: Path) -> None:
    """`python tools/generate_docs.py` would change no byte of `docs/reference/`."""
    fresh, kept = files(generated), files(REFERENCE)
    assert sorted(fresh) == sorted(kept)
    assert [name for name, content in fresh.items() if kept[name] != content] == []


def test_check_finds_what_is_amiss(
    generator: ModuleType, generated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--check` passes on current pages, names lacking, stale and foreign ones, and mends none."""
    generator.write(
        tmp_path, {name: content.decode() for name, content in files(generated).items()}
    )
    assert generator.main(["--check", "--out", str(tmp_path)]) == 0
    (tmp_path / "facts.md").write_text("old")
    (tmp_path / "rules.md").unlink()
    (tmp_path / "notes.md").write_text("mine")
    assert generator.main(["--check", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "facts.md is stale",
        "notes.md is not generated; remove it",
        "rules.md is lacking",
    ]
    assert (tmp_path / "facts.md").read_text() == "old"


@pytest.mark.parametrize("name", shipped_rulebooks())
def test_every_rule_is_documented(name: str) -> None:
    """Each rule of each shipped rulebook has its heading, and each citation its words."""
    page = text("reference/rules.md")
    for one in load_rulebook(find_rulebook(name)).rules:
        assert f"\n### {one.rule.id}\n" in page
        for citation in one.rule.citations:
            assert citation.instrument in page
            assert citation.quote is None or citation.quote.strip().splitlines()[0] in page


def test_every_event_type_is_documented() -> None:
    """Each type has its heading in the reference, with its roles and what rules see on it."""
    page = text("reference/facts.md")
    for name in EVENT_TYPES:
        _, found, rest = page.partition(f"\n### `{name}` event\n")
        assert found
        own = rest.partition("\n### ")[0]
        assert f"(schemas/{name}.schema.json)" in own
        assert all(f"`data.parties.{role}`" in own for role in roles(name))
        assert all(f"| `{root}` |" in own for root in namespace(name))


def test_every_command_is_documented(generator: ModuleType) -> None:
    """Each command and subcommand has its heading in the command line's page."""
    from reference import commands

    page = text("reference/cli.md")
    paths = [context.command_path for context in commands.walk(commands.main_command())]
    assert len(paths) > 1
    assert [path for path in paths if f"\n## `{path}`\n" not in page] == []


@pytest.mark.parametrize("page", HAND_WRITTEN, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_command_lines_are_ones_that_there_are(page: Path) -> None:
    """Each `vermilion` line of a page names a command, with options and as many words as it takes."""
    for line in command_lines(page.read_text(encoding="utf-8")):
        command, words, parent = main, shlex.split(line, comments=True)[1:], None
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            parent = click.Context(command, parent, info_name=command.name)
            found = command.get_command(parent, words.pop(0))
            assert found is not None, line
            command = found
        options = {name for one in command.params for name in one.opts} | {"--help", "--version"}
        named = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
        assert named <= options, line


def test_a_wrong_command_line_is_seen() -> None:
    """Lines are found in blocks, behind a prompt and in the text, as far as a pipe or comment goes."""
    page = """
```
vermilion check a --book b | head   # judges
$ vermilion rules list --json
```
`vermilion access key add shop`, and `vermilion` alone.
"""
    assert command_lines(page) == [
        "vermilion check a --book b",
        "vermilion rules list --json",
        "vermilion access key add shop",
    ]


def command_lines(page: str) -> list[str]:
    """Return the command lines that a page shows, up to what the shell makes of the rest."""
    blocks = "\n".join(found[0] for found in _FENCED.finditer(page)).replace("\\\n", " ")
    inline = re.findall(r"`(vermilion [^`|…\n]*[^`|…\s])`", _FENCED.sub("", page))
    lines = re.findall(r"^(?:\$ )?(vermilion .*)", blocks, re.MULTILINE)
    return [re.split(r" [|>#] | 2?> |\s+#", line)[0].strip() for line in [*lines, *inline]]


def test_commands_are_walked_to_the_last(generator: ModuleType) -> None:
    """Groups inside groups are shown, in the order of names; hidden commands are not."""
    from reference import commands

    inner = click.Group("inner", commands=[click.Command("leaf", help="Do the deed.")])
    hidden = click.Command("secret", hidden=True)
    tree = click.Group("main", commands=[click.Command("zeta"), inner, hidden])
    page = commands.page(tree)
    assert re.findall(r"^## `(.*)`$", page, re.MULTILINE) == [
        "vermilion",
        "vermilion inner",
        "vermilion inner leaf",
        "vermilion zeta",
    ]
    assert "Usage: vermilion inner leaf" in page
    assert "Do the deed." in page


def test_the_loop_is_told_whole() -> None:
    """Every reason of a bypass, every way in which a resolution is void, and every policy number."""
    page = (ROOT / "docs" / "loop.md").read_text(encoding="utf-8")
    for word in (*get_args(BypassReason), *get_args(Void), *COUNTS, NOT_TOLD):
        assert f"`{word}`" in page, word
    assert f"within {MOST_DAYS} days (policy)" in page
    assert (CONFIRMED_WITHIN_DAYS, GRACE, PermitTerms().minutes) == (7, 86_400, 1_440)


def test_examples_of_events_are_events() -> None:
    """Each JSON example in the guide is read as an event, of several types, with nothing lost."""
    examples = _EXAMPLE.findall(text("events.md"))
    read = [msgspec.json.decode(example, type=Event) for example in examples]
    assert len(read) >= 3
    assert len({type(event) for event in read}) >= 3
    for example, event in zip(examples, read, strict=True):
        written = msgspec.json.decode(canonical_bytes(event))
        assert leaves(written) == leaves(msgspec.json.decode(example))


def test_the_glossary_tells_every_code() -> None:
    """Each verdict, evidence tier and binding class has its word in the glossary."""
    page = text("glossary.md")
    for code in (*get_args(BindingClass), *get_args(Tier)):
        assert f"\n| {code} |" in page
    for verdict in get_args(Verdict):
        assert f"`{verdict}`" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_relative_links_resolve(page: Path) -> None:
    """Each relative link of a page leads to a file, and its fragment to a heading there."""
    prose = _FENCED.sub("", page.read_text(encoding="utf-8"))
    for target in _LINK.findall(prose):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        if fragment and file.suffix == ".md":
            assert fragment in anchors(file), target


def anchors(page: Path) -> set[str]:
    """Return the fragments that a Markdown page offers, as GitHub makes them from headings."""
    prose = _FENCED.sub("", page.read_text(encoding="utf-8"))
    found: dict[str, int] = {}
    names = set()
    for heading in _HEADING.findall(prose):
        slug = re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
        names.add(f"{slug}-{found[slug]}" if slug in found else slug)
        found[slug] = found.get(slug, 0) + 1
    return names


def leaves(value: object) -> list[str]:
    """Return the scalars of plain data but times, which may be written in another offset."""
    if isinstance(value, dict):
        return sorted(leaf for inner in value.values() for leaf in leaves(inner))
    if isinstance(value, list):
        return sorted(leaf for inner in value for leaf in leaves(inner))
    return [] if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value) else [repr(value)]
