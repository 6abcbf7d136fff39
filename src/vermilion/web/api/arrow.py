"""Events out of an Arrow IPC stream: a column `event` of JSON texts, or a column for each field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from vermilion.errors import DataError, UsageError

MEDIA_TYPE = "application/vnd.apache.arrow.stream"

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
        with arrow.ipc.open_stream(body) as reader:
            for batch in reader:
                yield from map(_line, batch.to_pylist())
    except (arrow.ArrowException, OSError) as error:
        raise DataError(
            "not_arrow",
            f"the body is no Arrow stream: {str(error).splitlines()[0]}",
            help="send an Arrow IPC stream, not a file",
        ) from None


def _line(row: dict[str, Any]) -> bytes:
    if row.keys() == {"event"}:
        event = row["event"]
        return event if isinstance(event, bytes) else str(event or "").encode()
    return _ENCODE(_stated(row))


def _stated(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _stated(part) for name, part in value.items() if part is not None}
    return [_stated(part) for part in value] if isinstance(value, list) else value
