"""Events out of an Arrow IPC stream: a column `event` of JSON texts, or a column for each field."""

from __future__ import annotations

from collections.abc import Iterator

from vermilion.errors import DataError, UsageError
from vermilion.intake.columnar import batch_rows, row_json
from vermilion.intake.items import MAX_LINE_BYTES, Fault
from vermilion.web.api.asked import TooLargeError

MEDIA_TYPE = "application/vnd.apache.arrow.stream"

MOST_BYTES = 2**25
"""Bytes of a stream, and of one of its batches once it is unpacked. Policy."""

_TOO_LONG = b" " * (MAX_LINE_BYTES + 1)
"""Stands for a row that is longer than a line may be."""

_NOT_UTF8 = b"\xff"
"""Stands for a row with text that is none."""


class NotTakenError(UsageError):
    """A form of body that this desk does not take."""

    http_status = 415


def arrow_lines(body: bytes) -> Iterator[bytes]:
    """Yield the rows of a stream as JSON, in order; a null is a field that is absent.

    Raises:
        DataError: `not_arrow`.
    """
    import pyarrow as arrow

    try:
        if len(body) > MOST_BYTES:
            raise _too_large()
        with arrow.ipc.open_stream(body) as reader:
            for batch in reader:
                if batch.nbytes > MOST_BYTES:
                    raise _too_large()
                for row in batch_rows(batch):
                    yield _standing_for(row) if isinstance(row, Fault) else row_json(row)
    except (arrow.ArrowException, OSError) as error:
        raise DataError(
            "not_arrow",
            f"the body is no Arrow stream: {str(error).splitlines()[0]}",
            help="send an Arrow IPC stream, not a file",
        ) from None


def _standing_for(fault: Fault) -> bytes:
    return _TOO_LONG if fault.code == "too_long" else _NOT_UTF8


def _too_large() -> TooLargeError:
    return TooLargeError(
        "arrow_too_large",
        f"the stream, or a batch of it, is larger than {MOST_BYTES:,} bytes",
        help="send it in parts",
    )
