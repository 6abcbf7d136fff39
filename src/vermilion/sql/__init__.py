"""Engines that run one dialect of SQL: DuckDB here, Spark or Sail through Spark Connect.

All take the same text over the same Parquet; they differ in how a table is kept and fetched only.
"""

from vermilion.sql.duckdb import DuckDb
from vermilion.sql.engine import Columns, Kernel, SqlEngine
from vermilion.sql.spark import SparkConnect

__all__ = ["Columns", "DuckDb", "Kernel", "SparkConnect", "SqlEngine"]
