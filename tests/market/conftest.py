"""Engines for detectors: DuckDB, and Sail for what speaks Spark Connect."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest

from vermilion.sql import DuckDb, SparkConnect, SqlEngine


@pytest.fixture(scope="session")
def sail() -> Iterator[SqlEngine]:
    """Return an engine on a server of Sail's."""
    with warnings.catch_warnings():
        # Of the client's own: it says so of pandas 3, and of the interpreter's coming versions.
        warnings.simplefilter("ignore")
        from pysail.spark import SparkConnectServer

        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        _, port = server.listening_address
        engine = SparkConnect(f"sc://127.0.0.1:{port}")
    yield engine
    engine.close()
    server.stop()


@pytest.fixture(params=["duckdb", "sail"])
def engines(request: pytest.FixtureRequest) -> Iterator[SqlEngine]:
    """Return each engine in turn; a test that takes it must hold on both."""
    if request.param == "sail":
        request.applymarker(pytest.mark.filterwarnings("ignore"))
        yield request.getfixturevalue("sail")
    else:
        with DuckDb("500MB", 1) as engine:
            yield engine
