"""How fast a served desk answers a second process: single events, streams, and a route that does nothing.

`wrk` asks over loopback, one thread, so that desk and asker share the machine's cores. Every
single event is another one of a simulated market, judged under `cn` with its windows, and the
answer comes when the record is durable. The same run asks `/health/live`, which judges nothing, and
asks single events once more at a third of what the desk can do, where nobody has to queue.

`--soak 600` streams for ten minutes instead, 500 events at a time and then one alone, and tells how
much memory the desk has every ten seconds. The market goes on for months: half of its parties and
collections are new each month, and the others are stated again.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path

import httpx

from vermilion.desk.book import make_book
from vermilion.facts.canonical import canonical_form
from vermilion.simulate import MarketConfig, market
from vermilion.web.access import Access

PORT = 8_417
STREAM = 10_000
SOAKED = 500
"""Events of each stream of a soak."""

MONTH = 30
MONTHLY = 20_000
"""Days of a month of a soak's market, and its events."""

OPENS = dt.date(2023, 6, 1)
"""When the market of a soak opens; what settles later than now would be refused."""

LAST = 180
"""Seconds at the end of a soak over which memory has to stay as it is."""

CALM = 8
"""Connections that ask in turn, each after a while."""

SCRIPT = """
local lines = {}
for line in io.lines("%(events)s") do lines[#lines + 1] = line end
local n = %(begin)d
local headers = {["Authorization"] = "Bearer %(key)s", ["Content-Type"] = "application/json"}
request = function()
  local round = math.floor(n / #lines)
  local line = lines[n %% #lines + 1]
  n = n + 1
  if round > 0 then
    line = line:gsub('"id":"([^"]*)","source":', '"id":"r' .. round .. '-%%1","source":', 1)
    line = line:gsub('"subject":"([^"]*)","time":', '"subject":"r' .. round .. '-%%1","time":', 1)
  end
  return wrk.format("POST", "/v1/events", headers, line)
end
%(delay)s
done = function(summary, latency)
  io.write(string.format(
    '{"requests":%%d,"seconds":%%f,"p50":%%f,"p99":%%f,"max":%%f,"bad":%%d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""

CONSTANT = SCRIPT.replace(
    'wrk.format("POST", "/v1/events", headers, line)', 'wrk.format("GET", "/health/live")'
)


def main() -> int:
    """Measure in rounds; each on a book of its own."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=8)
    arguments.add_argument("--connections", type=int, nargs="+", default=[32, 16])
    arguments.add_argument("--events", type=int, default=60_000)
    arguments.add_argument("--soak", type=int, default=0, help="seconds")
    chosen = arguments.parse_args()
    if chosen.soak:
        return soaked(chosen.soak)
    if shutil.which("wrk") is None:
        print("wrk is not installed", file=sys.stderr)
        return 2
    found = {
        (one.source, one.id): canonical_form(one)[1]
        for one in market(MarketConfig(events=chosen.events))
    }
    lines = list(found.values())
    print(sys.executable, sys.version)
    rounds = [measured(lines, chosen) for _ in range(chosen.rounds)]
    for name in rounds[0]:
        values = [one[name] for one in rounds]
        print(
            f"{name:44} {statistics.median(values):10,.1f} ({min(values):,.1f}-{max(values):,.1f})"
        )
    return 0


def measured(lines: list[bytes], chosen: argparse.Namespace) -> dict[str, float]:
    """Serve a new book, state what the market opens with, and ask."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        opening, rest = lines[:STREAM], lines[STREAM:]
        (root / "rest").write_bytes(b"\n".join(rest[:-STREAM]) + b"\n")
        with served(root / "book") as (key, _):
            of = root, key
            streamed = [stream(opening, key), stream(rest[-STREAM:], key)]
            constant = asked(CONSTANT, of, chosen.connections[0], chosen.seconds)
            singles, begin = {}, 0
            for many in chosen.connections:
                singles[many] = asked(SCRIPT, of, many, chosen.seconds, begin=begin)
                begin += int(singles[many]["requests"]) + many
            first = singles[chosen.connections[0]]
            rate = first["requests"] / first["seconds"] / 3
            pause = int(1_000 * CALM / rate)
            calm = asked(SCRIPT, of, CALM, chosen.seconds, begin=begin, pause=pause)
    bad = sum(one["bad"] for one in (*singles.values(), calm))
    return {
        "stream of 10,000 events: events a second": statistics.median(streamed),
        **{
            f"single event, {many} at once: {name}": value
            for many, one in singles.items()
            for name, value in {
                "answers a second": one["requests"] / one["seconds"],
                "p50 ms": one["p50"],
                "p99 ms": one["p99"],
            }.items()
        },
        "single event: answers that were no 200": bad,
        "at a third of it: answers a second": calm["requests"] / calm["seconds"],
        "at a third of it: p50 ms": calm["p50"],
        "at a third of it: p99 ms": calm["p99"],
        "at a third of it: max ms": calm["max"],
        "constant route: answers a second": constant["requests"] / constant["seconds"],
        "constant route: p99 ms": constant["p99"],
    }


def soaked(seconds: int) -> int:
    """Ask for so long; print the desk's resident memory, in MB, every ten seconds."""
    seen: list[tuple[float, float]] = []
    answered = 0
    with tempfile.TemporaryDirectory() as folder, served(Path(folder) / "book") as (key, desk):
        lines = months()
        begun = time.perf_counter()
        while (now := time.perf_counter() - begun) < seconds:
            if not seen or now - seen[-1][0] >= 10:
                seen.append((now, resident(desk)))
                print(f"{now:6.0f} s {answered:9,} events {seen[-1][1]:7.1f} MB", flush=True)
            stream(list(islice(lines, SOAKED)), key)
            alone(next(lines), key)
            answered += SOAKED + 1
    last = [(at, held) for at, held in seen if at >= seconds - LAST]
    slope, _ = statistics.linear_regression(*zip(*last, strict=True))
    held = [one for _, one in last]
    print(
        f"{answered:,} events; last {LAST} s: {min(held):.1f}-{max(held):.1f} MB, {slope * 60:+.2f} a minute"
    )
    return 0


def months() -> Iterator[bytes]:
    """Give the events of one month's market after the other, each month under some new names."""
    for month in count():
        start = OPENS + dt.timedelta(days=MONTH * month)
        market_of = MarketConfig(seed=month, events=MONTHLY, start=start, days=MONTH)
        renewed = rb"\g<0>m%d" % month
        for one in market(market_of):
            line = re.sub(rb"(?:party:|dca:c)\d*[13579](?!\d)", renewed, canonical_form(one)[1])
            line = re.sub(rb'"id":"([^"]*)","source":', rb'"id":"m%d-\1","source":' % month, line)
            yield re.sub(
                rb'"subject":"([^"]*)","time":', rb'"subject":"m%d-\1","time":' % month, line
            )


def resident(process: int) -> float:
    """Return the resident memory of a process, in MB."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) / 1_024 if found else 0.0


def alone(line: bytes, key: str) -> None:
    """Send one event by itself."""
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"http://127.0.0.1:{PORT}/v1/events", content=line, headers=headers)
    answer.raise_for_status()


@contextmanager
def served(book: Path) -> Iterator[tuple[str, int]]:
    """Serve a book by the command line; yield a platform's key and the process."""
    make_book(book, {"book.yaml": "rulebooks: [cn]\n"})
    (book / "serve.yaml").write_text("limits: {rate: 1000000}\nlog: {level: error}\n")
    key = Access(book).add_key("shop", "platform")
    command = [sys.executable, "-m", "vermilion", "serve", str(book), "--port", str(PORT)]
    with subprocess.Popen(command) as desk:
        try:
            for _ in range(200):
                time.sleep(0.1)
                try:
                    if httpx.get(f"http://127.0.0.1:{PORT}/health/ready").status_code == 200:
                        break
                except httpx.TransportError:
                    continue
            yield key, desk.pid
        finally:
            desk.terminate()


def stream(lines: list[bytes], key: str) -> float:
    """Send lines in one request; return events a second."""
    begun = time.perf_counter()
    answer = httpx.post(
        f"http://127.0.0.1:{PORT}/v1/events/stream",
        content=b"\n".join(lines),
        headers={"Authorization": f"Bearer {key}"},
        timeout=120,
    )
    spent = time.perf_counter() - begun
    told = answer.text.splitlines()
    if len(told) != len(lines) or any('"rejected"' in one[:40] for one in told):
        raise RuntimeError(f"{len(told)} answers: {answer.text[:300]}")
    return len(lines) / spent


def asked(
    script: str,
    folder: tuple[Path, str],
    many: int,
    seconds: int,
    *,
    begin: int = 0,
    pause: int = 0,
) -> dict[str, float]:
    """Run wrk with so many connections on a folder's events with a key; return what it found.

    The first event has the number `begin`, so that none is asked about twice; `pause` is ms from
    an answer to the next question.
    """
    root, key = folder
    path = root / "ask.lua"
    # A delay of nothing still costs wrk a timer for each request.
    waits = f"delay = function() return {pause} end" if pause else ""
    said = {"events": root / "rest", "key": key, "delay": waits, "begin": begin}
    path.write_text(script % said)
    done = subprocess.run(
        ["wrk", "-t1", f"-c{many}", f"-d{seconds}s", "-s", str(path),
         f"http://127.0.0.1:{PORT}"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    line = re.search(r"^\{.*\}$", done.stdout, re.MULTILINE)
    if line is None:
        raise RuntimeError(done.stdout + done.stderr)
    found: dict[str, float] = json.loads(line[0])
    return found


if __name__ == "__main__":
    sys.exit(main())
