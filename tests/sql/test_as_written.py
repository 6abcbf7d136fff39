"""Statements that are run as they are written."""

from vermilion.sql import DuckDb


def test_only_the_statement_itself_is_run_as_written() -> None:
    """The statement after one that is run as written is planned as any other."""
    with DuckDb("100MB", 1) as sql:
        sql.keep("one", "SELECT 1 AS one", as_written=True)
        assert list(sql.rows("SELECT current_setting('disabled_optimizers')")) == [("",)]
