"""Judge history in bulk: fact tables in Parquet, and the rulebook as SQL over them.

`make_facts` writes the tables; `compare` and `BulkRun` judge them.
"""

from vermilion.desk.bulk.facts import make_facts
from vermilion.desk.bulk.manifest import Manifest, read_manifest
from vermilion.desk.bulk.run import BulkRun, compare

__all__ = ["BulkRun", "Manifest", "compare", "make_facts", "read_manifest"]
