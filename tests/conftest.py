"""What holds for all tests, and engines of SQL: DuckDB, and Sail for what speaks Spark Connect."""

import gc
import sys
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import settings

from vermilion.sql import DuckDb, SparkConnect, SqlEngine

_MAIN = sys.modules["__main__"]
if not hasattr(_MAIN, "__file__"):
    # A worker of pytest-xdist has none. Spark's client takes that for a run of its own doctests,
    # and ends the process.
    _MAIN.__file__ = __file__

# How long an example takes says more about the machine than about the program.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


def pytest_collection_finish() -> None:
    """Keep what was imported and collected from being looked through for garbage all the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def sail_url() -> Iterator[str]:
    """Return the address of a server of Sail's."""
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    yield f"sc://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(scope="session")
def sail(sail_url: str) -> Iterator[SqlEngine]:
    """Return an engine on a server of Sail's."""
    with warnings.catch_warnings():
        # Of the client's own: it says so of pandas 3, and of the interpreter's coming versions.
        warnings.simplefilter("ignore")
        engine = SparkConnect(sail_url)
    yield engine
    engine.close()


@pytest.fixture(params=["duckdb", "sail"])
def engines(request: pytest.FixtureRequest) -> Iterator[SqlEngine]:
    """Return each engine in turn; a test that takes it must hold on both."""
    if request.param == "sail":
        request.applymarker(pytest.mark.filterwarnings("ignore"))
        yield request.getfixturevalue("sail")
    else:
        with DuckDb("500MB", 1) as engine:
            yield engine
