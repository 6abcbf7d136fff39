"""The process that looks at the market beside a desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from vermilion.desk.watch import feed


def test_a_run_goes_on_where_nice_is_denied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A system that lets nobody change priorities does not end surveillance."""
    ran = []

    def denied(_: int) -> int:
        raise PermissionError

    monkeypatch.setattr(feed.os, "nice", denied)
    monkeypatch.setattr(feed, "run", lambda *told: ran.append(told))
    assert feed.main([str(tmp_path), "64"]) == 0
    assert ran == [(tmp_path, "64MB")]
