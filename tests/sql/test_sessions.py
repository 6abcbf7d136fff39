"""Sessions with a server that speaks Spark Connect."""

import pytest

from vermilion.sql import SparkConnect


@pytest.mark.filterwarnings("ignore")
def test_engines_of_one_server_end_alone(sail_url: str) -> None:
    """An engine that is closed leaves another one of the same server at work."""
    one, other = SparkConnect(sail_url), SparkConnect(sail_url)
    one.close()
    assert list(other.rows("SELECT 1 AS one")) == [(1,)]
    other.close()
