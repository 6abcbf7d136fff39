"""What OpenAPI cannot see in a handler that reads its body itself."""

from __future__ import annotations

from dataclasses import dataclass

from litestar.openapi.spec import (
    OpenAPI,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)

_OBJECT = Schema(type=OpenAPIType.OBJECT)
_TEXT = Schema(type=OpenAPIType.STRING)
_PROBLEM = OpenAPIResponse(
    description="What is wrong, in which field, and what to do about it.",
    content={
        "application/problem+json": OpenAPIMediaType(
            schema=Schema(
                type=OpenAPIType.OBJECT,
                title="Problem",
                required=["type", "title", "status", "code", "detail"],
                properties={
                    **dict.fromkeys(("type", "title", "code", "detail", "field", "remedy"), _TEXT),
                    "status": Schema(type=OpenAPIType.INTEGER),
                },
            )
        )
    },
)


def tell_problems(schema: OpenAPI) -> None:
    """Say of every operation that its errors are problem details (RFC 9457)."""
    paths = schema.paths or {}
    for own in [path for path in paths if path.startswith("/schema")]:
        del paths[own]
    for path in paths.values():
        for operation in (path.get, path.post):
            if operation is None or operation.responses is None:
                continue
            operation.responses.pop("400", None)
            empty = operation.responses.get("204")
            if isinstance(empty, OpenAPIResponse):
                empty.content = None
            operation.responses |= {"4XX": _PROBLEM, "5XX": _PROBLEM}


def _event() -> Schema:
    """Describe an event's envelope; the schema of its data lies in docs/reference/schemas."""
    texts = ("specversion", "type", "source", "id", "time", "stage")
    return Schema(
        type=OpenAPIType.OBJECT,
        title="Event",
        description="A CloudEvents 1.0 event; docs/reference/schemas/event.schema.json has all of it.",
        required=["specversion", "type", "source", "id", "time", "stage", "data"],
        properties={**dict.fromkeys(texts, _TEXT), "subject": _TEXT, "data": _OBJECT},
    )


@dataclass
class EventOperation(Operation):
    """An operation that takes one event."""

    def __post_init__(self) -> None:
        """Describe the body."""
        self.request_body = RequestBody(
            content={"application/json": OpenAPIMediaType(schema=_event())}, required=True
        )


@dataclass
class StreamOperation(Operation):
    """An operation that takes lines of events."""

    def __post_init__(self) -> None:
        """Describe the body."""
        self.request_body = RequestBody(
            content={
                "application/x-ndjson": OpenAPIMediaType(schema=_TEXT),
                "application/vnd.apache.arrow.stream": OpenAPIMediaType(schema=_TEXT),
            },
            required=True,
        )
