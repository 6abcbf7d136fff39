"""A server of Spark Connect that is not there is told at once, and with what to do."""

from __future__ import annotations

import socket

import pytest

from vermilion.errors import UsageError
from vermilion.sql import SparkConnect, spark


@pytest.mark.parametrize("listens", [True, False])
def test_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, *, listens: bool) -> None:
    """Nobody at the port, and somebody who says nothing, are told within the time that is waited."""
    monkeypatch.setattr(spark, "ANSWER_SECONDS", 0.3)
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        if listens:
            somebody.listen()
        port = somebody.getsockname()[1]
        with pytest.raises(UsageError) as told:
            SparkConnect(f"sc://127.0.0.1:{port}")
    assert told.value.code == "spark_silent"
    assert str(port) in told.value.message
    assert told.value.help


@pytest.mark.parametrize("url", ["localhost:15002", "sc://", "sc://localhost:99999"])
def test_what_is_no_address(url: str) -> None:
    """An address that no server can have is told as one."""
    with pytest.raises(UsageError) as told:
        SparkConnect(url)
    assert told.value.code == "spark_address"
