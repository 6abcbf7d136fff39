"""Record what a person does on a case, as an event that the desk writes itself."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from vermilion.desk.cases.fold import SOURCE
from vermilion.errors import DataError, UsageError
from vermilion.facts.canonical import canonical_bytes, canonical_form
from vermilion.facts.events import CaseEvent, CaseWork
from vermilion.intake import Received
from vermilion.intake.items import Fault
from vermilion.intake.strict import decode_event

if TYPE_CHECKING:
    from vermilion.desk.desk import Desk


def check_work(said: CaseWork, now: dt.datetime) -> CaseEvent:
    """Return the event that says what was done, now.

    Raises:
        UsageError: `bad_case_work`: a text is empty, too long or misshapen.
    """
    made = CaseEvent(
        id=secrets.token_hex(8),
        source=SOURCE,
        time=now.replace(microsecond=0),
        stage="settled",
        specversion="1.0",
        subject=said.cause,
        data=said,
    )
    # What could not be read back from the record is refused.
    found = decode_event(canonical_bytes(made))
    if isinstance(found, Fault):
        field = f" (`{found.field}`)" if found.field else ""
        raise UsageError("bad_case_work", f"{found.reason}{field}", help=found.remedy)
    return made


def record_work(desk: Desk, made: CaseEvent) -> int:
    """Seal what was done and return the index of its entry, durable.

    Raises:
        DataError: it cannot be recorded.
        StorageError: as for `Desk.submit`.
    """
    # Here, because the desk's book folds cases and so stands on this package.
    from vermilion.desk.desk import Sealed

    (answered,) = desk.submit([Received(*canonical_form(made), "", 0)])
    if not isinstance(answered, Sealed):
        raise getattr(answered, "error", None) or DataError(
            "not_recorded", "the work on the case could not be recorded"
        )
    return answered.entry
