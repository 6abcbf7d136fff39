"""The same SELECTs through Spark Connect, on Sail."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from vermilion.features import Definition
from vermilion.features.sql_replay import calendar_days

from .sql_streams import crowd, in_bulk, online, scaled
from .streams import DEFINITIONS

CROWD = crowd(2, 20)
SAMPLE = [one for one in DEFINITIONS if one.within in {40, None}]
NAMES = [f"{one.function} {one.within}" for one in SAMPLE]


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Return a session with a server of its own."""
    with warnings.catch_warnings():
        # Of the client's own: it says so of pandas 3, and of the interpreter's coming versions.
        warnings.simplefilter("ignore")
        server_of = pytest.importorskip("pysail.spark").SparkConnectServer
        session_of = pytest.importorskip(
            "pyspark.sql.connect.session", reason="Spark's client is not installed: pyspark-client"
        ).SparkSession
        server = server_of("127.0.0.1", 0)
        server.start(background=True)
        _, port = server.listening_address
        session = session_of.builder.remote(f"sc://127.0.0.1:{port}").create()
    begins, upto = zip(*calendar_days(), strict=True)
    put(session, "days", pa.table({"begins": begins, "upto": upto}))
    yield session
    session.stop()
    server.stop()


def put(spark: Any, name: str, table: pa.Table) -> None:
    """Give a table to the session."""
    spark.createDataFrame(table).createOrReplaceTempView(name)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("definition", SAMPLE, ids=NAMES)
def test_equals_the_state_machine(spark: Any, definition: Definition) -> None:
    """Every answer is the state machine's, by the text that DuckDB runs."""
    asked, _ = scaled(definition, CROWD)
    put(spark, "history", asked.arrow()["history"])
    found = in_bulk(lambda text: [tuple(row) for row in spark.sql(text).collect()], asked)
    assert found.answers == online(asked)
    assert len(found.again) < len(found.answers)
