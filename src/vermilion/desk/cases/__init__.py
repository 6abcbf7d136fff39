"""Cases: work for people, one per cause.

Start reading at `fold.py`; `cases.py` is what others call.
"""

from vermilion.desk.cases.cases import CUSTOMER_TEXT, FOLDER, Cases
from vermilion.desk.cases.model import (
    Attached,
    Case,
    CaseDetail,
    CasePage,
    CaseQuery,
    JournalItem,
    Linked,
    Status,
    WaitingEvent,
)
from vermilion.desk.cases.severity import SEVERITIES, Severity

__all__ = [
    "CUSTOMER_TEXT",
    "FOLDER",
    "SEVERITIES",
    "Attached",
    "Case",
    "CaseDetail",
    "CasePage",
    "CaseQuery",
    "Cases",
    "JournalItem",
    "Linked",
    "Severity",
    "Status",
    "WaitingEvent",
]
