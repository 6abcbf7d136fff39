"""Put small wrongs into modules, one at a time, and see whether their tests notice.

Usage: `python tools/mutate.py COPY [--module language/parse] [--sample 20] [--seed 1] [--out FILE]`.
COPY is a throw-away copy of the project's tree: its files are changed, and put back after each run.
One process runs at a time. What survives is printed with file, line and the change.
"""

from __future__ import annotations

import argparse
import ast
import copy
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

LONGEST = 150
"""Seconds after which a run counts as noticed: the wrong made it go round for ever."""

_R, _L = "tests/rulebook", "tests/language"
_BOTH = [f"{_L}/test_refusals.py", f"{_L}/test_compile.py", f"{_L}/test_agreement.py"]
TESTS: dict[str, list[str]] = {
    "rulebook/analysis": [f"{_R}/test_analysis.py", f"{_R}/test_gates.py"],
    "rulebook/binding": [f"{_R}/test_engine.py"],
    "rulebook/cases": [f"{_R}/test_cases.py", f"{_R}/test_load.py"],
    "rulebook/diff": [f"{_R}/test_diff.py"],
    "rulebook/edges": [f"{_R}/test_analysis.py", f"{_R}/test_gates.py"],
    "rulebook/engine": [f"{_R}/test_engine.py", f"{_R}/test_cases.py"],
    "rulebook/lint": [f"{_R}/test_lint.py", f"{_R}/test_gates.py"],
    "rulebook/load": [f"{_R}/test_load.py"],
    "rulebook/merge": [f"{_R}/test_overlay.py", f"{_R}/test_diff.py"],
    "rulebook/overlay": [f"{_R}/test_overlay.py", f"{_R}/test_diff.py"],
    "rulebook/periods": [f"{_R}/test_timeline.py", f"{_R}/test_gates.py", f"{_R}/test_analysis.py"],
    "rulebook/proof": [f"{_R}/test_analysis.py", f"{_R}/test_gates.py"],
    "rulebook/schema": [f"{_R}/test_schema.py"],
    "rulebook/sensitive": [f"{_R}/test_lint.py", f"{_R}/test_load.py"],
    "rulebook/skeleton": [f"{_R}/test_skeleton.py"],
    "rulebook/succession": [f"{_R}/test_lint.py", f"{_R}/test_gates.py"],
    "rulebook/timeline": [f"{_R}/test_timeline.py"],
    "rulebook/unused": [f"{_R}/test_lint.py"],
    "rulebook/verification": [f"{_R}/test_verification.py"],
    "rulebook/windows": [f"{_R}/test_windows.py"],
    "rulebook/yaml_source": [f"{_R}/test_yaml_source.py", f"{_R}/test_load.py"],
    "rulebook/yaml_text": ["tests/cli/test_init.py"],
    "language/changes": [f"{_L}/test_recourse.py"],
    "language/compile": [*_BOTH, f"{_R}/test_windows.py"],
    "language/explain": [f"{_L}/test_explain.py", f"{_L}/test_agreement.py"],
    "language/leaves": [f"{_L}/test_recourse.py"],
    "language/linear": [f"{_L}/test_recourse.py", f"{_R}/test_analysis.py"],
    "language/parse": [f"{_L}/test_refusals.py", f"{_L}/test_hostile.py", *_BOTH[1:]],
    "language/places": [f"{_L}/test_recourse.py"],
    "language/recourse": [f"{_L}/test_recourse.py"],
    "language/requirements": [f"{_L}/test_recourse.py"],
    "language/simplify": _BOTH[1:],
    "language/terms": [f"{_L}/test_terms.py"],
    "language/tree": [f"{_L}/test_explain.py", *_BOTH],
    "language/types": [f"{_L}/test_refusals.py", f"{_L}/test_compile.py"],
    "language/ways": [f"{_L}/test_recourse.py"],
    "language/writer": _BOTH[1:],
}
"""Which tests hold each module."""

_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Continue: ast.Break,
}


class Mutant(NamedTuple):
    """A wrong: where it is, what stood there and what stands there now, and the whole module."""

    line: int
    old: str
    new: str
    text: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield a module with each small wrong in turn."""
    tree = ast.parse(source)
    sites = [node for node in ast.walk(tree) if not _is_type(node)]
    for number, node in enumerate(sites):
        for field, value in _wrongs(node):
            changed = copy.deepcopy(tree)
            twin = [one for one in ast.walk(changed) if not _is_type(one)][number]
            old = ast.unparse(node)
            _set(twin, field, value)
            new = ast.unparse(ast.fix_missing_locations(twin))
            yield Mutant(getattr(node, "lineno", 0), old, new, ast.unparse(changed))


def _is_type(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and node.value is None


def _wrongs(node: ast.AST) -> Iterator[tuple[str, object]]:
    """Yield changes of one node: which field, and what is to stand there."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in _OPERATORS:
            yield "ops", [_OPERATORS[type(op)]()]
        case ast.BoolOp(op=op) | ast.BinOp(op=op) if type(op) in _OPERATORS:
            if not (isinstance(op, ast.BitOr)):
                yield "op", _OPERATORS[type(op)]()
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield "*", operand
        case ast.If(test=test) | ast.IfExp(test=test):
            yield "test", ast.UnaryOp(ast.Not(), test)
        case ast.comprehension(ifs=[test]):
            yield "ifs", [ast.UnaryOp(ast.Not(), test)]
        case ast.Constant(value=bool() as value):
            yield "value", not value
        case ast.Constant(value=int() as value):
            yield "value", value + 1
        case ast.Return(value=ast.expr()):
            yield "value", ast.Constant(None)
        case _:
            pass


def _set(node: ast.AST, field: str, value: object) -> None:
    if field == "*" and isinstance(node, ast.UnaryOp):
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
    else:
        setattr(node, field, copy.deepcopy(value))


def is_noticed(tree: Path, tests: Sequence[str]) -> bool:
    """Tell whether a test fails, or none comes to an end."""
    present = [test for test in tests if (tree / test).exists()]
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *present]
    try:
        found = subprocess.run(  # noqa: S603 our own tests, by our own interpreter
            command,
            cwd=tree,
            capture_output=True,
            timeout=LONGEST,
            check=False,
            env={
                "PYTHONPATH": str(tree / "src"),
                "PATH": "/usr/bin:/bin",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
    except subprocess.TimeoutExpired:
        return True
    return found.returncode != 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sample of mutants of each module; return 0."""
    parser = argparse.ArgumentParser(description="see whether tests notice small wrongs")
    parser.add_argument("tree", type=Path, help="a throw-away copy of the project")
    parser.add_argument("--module", action="append", help="such as language/parse; default all")
    parser.add_argument("--sample", type=int, default=0, help="most mutants of a module; 0: all")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no mutant after these")
    parser.add_argument("--out", type=Path, help="append each result as a line of JSON")
    options = parser.parse_args(arguments)
    until = time.monotonic() + options.minutes * 60
    for module in options.module or TESTS:
        path = options.tree / "src" / "vermilion" / f"{module}.py"
        source = path.read_text(encoding="utf-8")
        every = list(mutants(source))
        chosen = every
        if options.sample and len(every) > options.sample:
            chosen = random.Random(options.seed).sample(every, options.sample)  # noqa: S311
        noticed = run = 0
        try:
            if is_noticed(options.tree, TESTS[module]):
                sys.stdout.write(f"{module}: its tests fail as it is\n")
                continue
            for one in chosen:
                if time.monotonic() > until:
                    break
                path.write_text(one.text, encoding="utf-8")
                found = is_noticed(options.tree, TESTS[module])
                run, noticed = run + 1, noticed + found
                if not found:
                    sys.stdout.write(f"  {module}.py:{one.line}: {one.old}  =>  {one.new}\n")
                    sys.stdout.flush()
                if options.out:
                    with options.out.open("a", encoding="utf-8") as file:
                        line = {"module": module, "noticed": found, **one._asdict()}
                        file.write(json.dumps(line | {"text": None}, ensure_ascii=False) + "\n")
        finally:
            path.write_text(source, encoding="utf-8")
        sys.stdout.write(f"{module}: {noticed} of {run} noticed, of {len(every)} there are\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
