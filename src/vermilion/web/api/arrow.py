"""Events out of an Arrow IPC stream: a column `event` of JSON texts, or a column for each field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from vermilion.errors import DataError, UsageError
from vermilion.web.api.asked import TooLargeError

MEDIA_TYPE = "application/vnd.apache.arrow.stream"

MOST_BYTES = 2**25
"""Bytes of a stream, and of one of its batches once it is unpacked. Policy."""

ROWS = 256
"""Rows that are taken out together."""

_ENCODE = msgspec.json.Encoder().encode


class NotTakenError(UsageError):
    """A form of body that this desk does not take."""

    http_status = 415


def arrow_lines(body: bytes) -> Iterator[bytes]:
    """Yield the rows of a stream as JSON, in order; a null is a field that is absent.

    Raises:
        NotTakenError: `arrow_absent`: pyarrow is not installed.
        DataError: `not_arrow`.
    """
    try:
        import pyarrow as arrow
    except ImportError:
        raise NotTakenError(
            "arrow_absent",
            "this desk does not read Arrow",
            help="send NDJSON, or have `vermilion[arrow]` installed",
        ) from None
    try:
        if len(body) > MOST_BYTES:
            raise _too_large()
        with arrow.ipc.open_stream(body) as reader:
            for batch in reader:
                if batch.nbytes > MOST_BYTES:
                    raise _too_large()
                for begin in range(0, batch.num_rows, ROWS):
                    yield from map(_line, batch.slice(begin, ROWS).to_pylist())
    except (arrow.ArrowException, OSError) as error:
        raise DataError(
            "not_arrow",
            f"the body is no Arrow stream: {str(error).splitlines()[0]}",
            help="send an Arrow IPC stream, not a file",
        ) from None


def _too_large() -> TooLargeError:
    return TooLargeError(
        "arrow_too_large",
        f"the stream, or a batch of it, is larger than {MOST_BYTES:,} bytes",
        help="send it in parts",
    )


def _line(row: dict[str, Any]) -> bytes:
    if row.keys() == {"event"}:
        event = row["event"]
        return event if isinstance(event, bytes) else str(event or "").encode()
    return _ENCODE(_stated(row))


def _stated(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _stated(part) for name, part in value.items() if part is not None}
    return [_stated(part) for part in value] if isinstance(value, list) else value
