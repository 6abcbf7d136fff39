"""What goes on beside the requests goes on whatever happens."""

from __future__ import annotations

import asyncio

import pytest

from vermilion.web import going


def test_what_failed_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody foresaw ends one round, not what should go on."""
    monkeypatch.setattr(going, "AGAIN", 0)
    rounds = 0

    async def fails() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            raise asyncio.CancelledError
        raise ZeroDivisionError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(going.kept_going(fails))
    assert rounds == 3
