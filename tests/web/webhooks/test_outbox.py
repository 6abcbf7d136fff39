"""The outbox loses nothing, keeps the order, and forgets what was delivered."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.errors import StorageError
from vermilion.web.webhooks.outbox import Count, Outbox, Queued

KILLED = """
import os, sys
from pathlib import Path
from vermilion.web.webhooks.outbox import Outbox, Queued
Outbox(Path(sys.argv[1])).put([Queued("shop", f"m{n}", "k", b"{}") for n in range(3)], 1.0, told=7)
os.kill(os.getpid(), 9)
"""


def queued(id: str, subscription: str = "shop", body: bytes = b"{}") -> Queued:
    """Return a message."""
    return Queued(subscription, id, "event.stopped", body)


def drained(outbox: Outbox, subscription: str = "shop") -> list[str]:
    """Take everything out that waits."""
    ids = []
    while (message := outbox.first(subscription)) is not None:
        ids.append(message.id)
        outbox.remove(message.number)
    return ids


def test_a_killed_process_has_lost_nothing(tmp_path: Path) -> None:
    """What `put` returned for is there after `kill -9`, with how far was told."""
    path = tmp_path / "outbox.db"
    run = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False, timeout=60)
    assert run.returncode == -9
    outbox = Outbox(path)
    assert outbox.told == 7
    assert drained(outbox) == ["m0", "m1", "m2"]
    outbox.close()


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    """SQLite is told to wait at each commit in its write-ahead log: FULL, which is 2."""
    outbox = Outbox(tmp_path / "outbox.db")
    assert outbox._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert outbox._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    outbox.close()


@given(st.lists(st.tuples(st.sampled_from(["put", "take", "park", "resume"]), st.integers(0, 9))))
def test_order_per_subscription(steps: list[tuple[str, int]]) -> None:
    """Whatever is put, delivered, parked and resumed, the next one is the oldest that waits."""
    outbox = Outbox(Path(":memory:"))
    waiting: list[str] = []
    parked: list[str] = []
    order: list[str] = []
    for step, number in steps:
        first = outbox.first("shop")
        assert (first and first.id) == (waiting[0] if waiting else None)
        if step == "put" and f"m{number}" not in waiting + parked:
            outbox.put([queued(f"m{number}"), queued(f"m{number}", "other")], 0.0)
            waiting.append(f"m{number}")
            order = [one for one in order if one != f"m{number}"] + [f"m{number}"]
        elif step == "take" and first:
            outbox.remove(first.number)
            waiting.pop(0)
        elif step == "park" and first:
            outbox.failed(first.number, "answered 500", park=True)
            parked.append(waiting.pop(0))
        elif step == "resume":
            assert outbox.resume("shop", 1.0) == len(parked)
            waiting = sorted(waiting + parked, key=order.index)
            parked = []
    assert sorted(one.id for one in outbox.parked()) == sorted(parked)
    assert drained(outbox) == waiting
    outbox.close()


def test_told_twice_waits_once(tmp_path: Path) -> None:
    """A message whose id waits already is not put again."""
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.put([queued("a")], 0.0)
    outbox.put([queued("a"), queued("b")], 5.0)
    assert outbox.counts() == {"shop": Count(2, 0)}
    first = outbox.first("shop")
    assert first is not None
    assert (first.id, first.since) == ("a", 0.0)
    outbox.close()


def test_delivered_is_gone_from_the_file(tmp_path: Path) -> None:
    """After delivery and a clean end no file of the outbox holds the message."""
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.put([queued("a", body=b"NAMES-A-BUSINESS" * 500)], 0.0)
    assert any(b"NAMES-A-BUSINESS" in one.read_bytes() for one in tmp_path.iterdir())
    drained(outbox)
    outbox.close()
    assert not any(b"NAMES-A-BUSINESS" in one.read_bytes() for one in tmp_path.iterdir())


def test_a_removed_subscription_is_parked(tmp_path: Path) -> None:
    """What waits for a subscription that there is no longer is parked, not lost, and comes back."""
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.put([queued("a"), queued("b", "other")], 0.0)
    outbox.park_others(["other"])
    (parked,) = outbox.parked()
    assert (parked.id, parked.problem) == ("a", "there is no such subscription")
    assert outbox.resume("shop", 2.0) == 1
    assert drained(outbox) == ["a"]
    outbox.close()


def test_parked_ones_are_listed_page_by_page(tmp_path: Path) -> None:
    """Pages by number hold every parked message once."""
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.put([queued(f"m{n}") for n in range(5)], 0.0)
    outbox.park_others([])
    found, after = [], 0
    while page := outbox.parked(after, 2):
        found += [one.id for one in page]
        after = page[-1].number
    assert found == [f"m{n}" for n in range(5)]
    outbox.close()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    """A file that is no database, or one that is locked away, is a storage error with a remedy."""
    path = tmp_path / "outbox.db"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StorageError) as caught:
        Outbox(path)
    assert caught.value.code == "outbox_unusable"
    assert caught.value.help


def test_a_failed_put_leaves_nothing(tmp_path: Path) -> None:
    """Where one message of a group cannot be written, none of it is there."""
    path = tmp_path / "outbox.db"
    outbox = Outbox(path)
    other = sqlite3.connect(path)
    other.execute("CREATE TRIGGER full BEFORE INSERT ON message WHEN NEW.id = 'b'"
                  " BEGIN SELECT RAISE(ABORT, 'disk full'); END")  # fmt: skip
    other.commit()
    other.close()
    with pytest.raises(StorageError, match="disk full"):
        outbox.put([queued("a"), queued("b")], 0.0, told=9)
    assert outbox.first("shop") is None
    assert outbox.told is None
    outbox.close()
