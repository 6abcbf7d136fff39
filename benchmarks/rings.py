"""Measure rings: the exact strongly connected components of every token's holders, in several ways.

A history is generated: tokens change hands among many parties, and now and then go back to somebody
who had them. All ways get equal columns in memory; their numbers of rings are compared in the run.

- *watch*: the kernel as `vermilion watch` runs it: rows out of DuckDB in the kernel's order, the
  kernel, its evidence back in a table;
- *kernel*: the kernel alone, on columns in memory: filter, nodes, components, evidence;
- *scipy, coded*: scipy's components on nodes that were coded beforehand, at no cost;
- *scipy*: the same with the coding of nodes by `np.unique`;
- *igraph*, *rustworkx*: their components on the coded nodes, the graph's building included;
- *networkx*: a graph for each token, on the first tokens only.

Each runs in a process of its own. Times are CPU seconds of all threads, and of the clock; memory is the
peak of the process over what the history takes.

    python benchmarks/rings.py [--transfers 11000000] [--slow 110000] [--ways ...] [--json]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from vermilion.market.kernels import ring

Columns = dict[str, Any]
SLOW = frozenset({"networkx"})
MADE = dict.fromkeys(("collection", "token", "party", "other", "episode", "n", "role"), "BIGINT")


def history(transfers: int, seed: int = 1) -> Columns:
    """Return sales of unique tokens, by token and in order: whole chains, one move in twenty going back."""
    random = np.random.default_rng(seed)
    parties = max(transfers // 12, 10)
    length = 1 + random.geometric(1 / 8, transfers // 8 + 64)
    token = np.repeat(np.arange(length.size), length)[:transfers]
    place = np.arange(token.size) - np.searchsorted(token, token)
    recipient = (parties * random.random(token.size) ** 2).astype(np.int64)
    sender = np.empty(token.size, np.int64)
    back = random.random(token.size) < 0.05
    steps = 2 + random.integers(0, 4, token.size)
    for at in np.flatnonzero(back & (place >= steps)):
        recipient[at] = recipient[at - steps[at]]
    sender[1:] = recipient[:-1]
    starts = place == 0
    sender[starts] = random.integers(0, parties, int(starts.sum()))
    columns: Columns = {"collection": token // 10_000, "token": token, "n": np.arange(token.size)}
    columns |= {"ms": columns["n"] * 1_000, "sender": sender, "recipient": recipient}
    for name in ("sale", "priced"):
        columns[name] = np.ones(token.size, np.int64)
    for name in ("many", "sender_service", "recipient_service"):
        columns[name] = np.zeros(token.size, np.int64)
    return columns


def coded(columns: Columns) -> tuple[Any, Any, int]:
    """Return the node of each sender and of each recipient, and how many nodes there are."""
    width = int(max(columns["sender"].max(), columns["recipient"].max())) + 1
    keys = np.concatenate(
        [columns["token"] * width + columns[side] for side in ("sender", "recipient")]
    )
    names, nodes = np.unique(keys, return_inverse=True)
    nodes = nodes.astype(np.int32)
    return nodes[: nodes.size // 2], nodes[nodes.size // 2 :], int(names.size)


def by_watch(columns: Columns) -> Callable[[], int]:
    """Prepare the table that `watch` has; return the run."""
    import pyarrow as pa

    from vermilion.sql import DuckDb

    sql = DuckDb("4GB", 2)
    flags = {"sale", "priced", "many", "sender_service", "recipient_service"}
    sql.put("moves", pa.table({k: v.astype(bool) if k in flags else v for k, v in columns.items()}))
    columns.clear()
    names = ", ".join(f"COALESCE(CAST({name} AS BIGINT), -1) AS {name}" for name in ring.COLUMNS)

    def run() -> int:
        query = f"SELECT {names} FROM moves"
        sql.groups("evidence", query, ring.ORDER, lambda rows: ring.run(rows, {}), MADE)
        [(found,)] = sql.rows(
            "SELECT COUNT(*) FROM (SELECT DISTINCT token, party, episode FROM evidence) AS rings"
        )
        return int(found)

    return run


def by_kernel(columns: Columns) -> Callable[[], int]:
    """Return the run of the kernel alone."""

    def run() -> int:
        made = ring.run(columns, {})
        names = made["token"] * (int(columns["ms"].max()) + 1) + made["episode"]
        return int(np.unique(names).size)

    return run


def _scipy(sender: Any, recipient: Any, number: int) -> int:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    ones = np.ones(sender.size, np.int8)
    graph = csr_array((ones, (sender, recipient)), shape=(number, number))
    _, label = connected_components(graph, directed=True, connection="strong")
    return int((np.bincount(label) > 1).sum())


def by_scipy_coded(columns: Columns) -> Callable[[], int]:
    """Return the run of scipy on nodes coded beforehand."""
    nodes = coded(columns)
    return lambda: _scipy(*nodes)


def by_scipy(columns: Columns) -> Callable[[], int]:
    """Return the run of scipy, nodes coded in it."""
    return lambda: _scipy(*coded(columns))


def by_igraph(columns: Columns) -> Callable[[], int]:
    """Return the run of igraph on nodes coded beforehand."""
    import igraph

    sender, recipient, number = coded(columns)

    def run() -> int:
        graph = igraph.Graph(n=number, edges=np.stack([sender, recipient], axis=1), directed=True)
        return sum(size > 1 for size in graph.connected_components("strong").sizes())

    return run


def by_rustworkx(columns: Columns) -> Callable[[], int]:
    """Return the run of rustworkx on nodes coded beforehand."""
    import rustworkx

    sender, recipient, number = coded(columns)

    def run() -> int:
        graph = rustworkx.PyDiGraph()
        graph.add_nodes_from(range(number))
        graph.extend_from_edge_list(list(zip(sender.tolist(), recipient.tolist(), strict=True)))
        return sum(len(one) > 1 for one in rustworkx.strongly_connected_components(graph))

    return run


def by_networkx(columns: Columns) -> Callable[[], int]:
    """Return the run of networkx, a graph for each token."""
    import networkx

    starts = np.flatnonzero(np.diff(columns["token"], prepend=-1))
    pieces = [
        list(zip(sender.tolist(), recipient.tolist(), strict=True))
        for sender, recipient in zip(
            np.split(columns["sender"], starts[1:]),
            np.split(columns["recipient"], starts[1:]),
            strict=True,
        )
    ]

    def run() -> int:
        found = 0
        for edges in pieces:
            components = networkx.strongly_connected_components(networkx.DiGraph(edges))
            found += sum(len(one) > 1 for one in components)
        return found

    return run


WAYS: dict[str, Callable[[Columns], Callable[[], int]]] = {
    "watch": by_watch,
    "kernel": by_kernel,
    "scipy, coded": by_scipy_coded,
    "scipy": by_scipy,
    "igraph": by_igraph,
    "rustworkx": by_rustworkx,
    "networkx": by_networkx,
}


def measured(way: str, transfers: int) -> dict[str, Any]:
    """Run one way; return what it took."""
    run = WAYS[way](history(transfers))
    if way not in ("igraph", "rustworkx", "networkx"):
        import scipy.sparse.csgraph  # noqa: F401 - its import is not what is measured
    before = resource.getrusage(resource.RUSAGE_SELF)
    begun, held = time.perf_counter(), _resident()
    found = run()
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "way": way,
        "transfers": transfers,
        "rings": found,
        "cpu": round(spent, 2),
        "wall": round(wall, 2),
        "mb": round(max(after.ru_maxrss / 1024 - held, 0)),
    }


def _resident() -> float:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize() / 2**20


def _into(connection: Any, way: str, transfers: int) -> None:
    connection.send(measured(way, transfers))


def apart(way: str, transfers: int) -> dict[str, Any]:
    """Run one way in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_into, args=(theirs, way, transfers))
    process.start()
    theirs.close()
    try:
        found: dict[str, Any] = ours.recv()
    except EOFError:
        found = {"way": way, "transfers": transfers, "rings": None}
    process.join()
    print(json.dumps(found), file=sys.stderr, flush=True)
    return found


def main() -> int:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transfers", type=int, default=11_000_000)
    parser.add_argument("--slow", type=int, default=110_000, help="transfers for networkx")
    parser.add_argument("--ways", nargs="*", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    sizes = [asked.slow, asked.transfers]
    rows = [
        apart(way, size)
        for size in sizes
        for way in asked.ways
        if size == asked.slow or way not in SLOW
    ]
    agreed = all(
        len({one["rings"] for one in rows if one["transfers"] == size}) <= 1 for size in sizes
    )
    if asked.json:
        print(json.dumps({"rows": rows, "agreed": agreed}))
    else:
        print(
            f"{'way':14} {'transfers':>12} {'rings':>9} {'CPU s':>8} {'wall s':>8} {'MB more':>8}"
        )
        for one in rows:
            told = [one.get(name, "failed") for name in ("cpu", "wall", "mb")]
            print(
                f"{one['way']:14} {one['transfers']:>12,} {one['rings'] or '-':>9} {told[0]:>8} {told[1]:>8} {told[2]:>8}"
            )
        print("all agree" if agreed else "THEY DO NOT AGREE")
    return 0 if agreed else 1


if __name__ == "__main__":
    sys.exit(main())
