"""Measure `vermilion watch` as a whole: every detector over made-up histories of growing size.

Usage: `python -m benchmarks.watch [--trades 1000000 10000000] [--engine duckdb] [--spark URL] [--json]`.
Each size runs in a process of its own; wall and CPU seconds and the most memory are the process's.
CPU of a server (Spark, Sail) is not in it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vermilion.simulate.history import HistoryConfig, write_history


def measure(trades: int, engine: list[str], folder: Path) -> dict[str, Any]:
    """Return what one run took, and what it found."""
    history = folder / f"history-{trades}"
    write_history(HistoryConfig(trades=trades), history)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "vermilion", "watch", str(history), "--json", *engine],
        capture_output=True,
        check=True,
    )
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(done.stdout)
    return {
        "trades": found["trades"],
        "transfers": found["transfers"],
        "wall_s": round(wall, 1),
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_mb": after.ru_maxrss // 1024,
        "findings": sum(found["findings"].values()),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--trades", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--engine", default="duckdb", choices=["duckdb", "spark", "sail"])
    parser.add_argument("--spark", default="sc://localhost:15002")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    engine: list[str] = []
    if asked.engine == "sail":
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        engine = ["--engine", "spark", "--spark", f"sc://127.0.0.1:{server.listening_address[1]}"]
    elif asked.engine == "spark":
        engine = ["--engine", "spark", "--spark", asked.spark]
    found = []
    with TemporaryDirectory() as folder:
        for trades in asked.trades:
            found.append(measure(trades, engine, Path(folder)))
            if not asked.json:
                print("  ".join(f"{name} {value:,}" for name, value in found[-1].items()))
    if asked.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
