"""The log tells what the service does, and nothing of what it was sent."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import Litestar, Request, get, post
from litestar.exceptions import NotAuthorizedException
from litestar.testing import TestClient

from vermilion.web.logs import REQUEST_ID, RequestLog, note_entry, say, start_logging
from vermilion.web.settings import LogSettings

MARK = "Li-Lei-13800138000"
"""Stands for personal data; it must be in no line."""


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Put the process's logging back."""
    loggers = [logging.getLogger(name) for name in (None, "uvicorn", "uvicorn.access", "litestar")]
    kept = [(one, one.handlers[:], one.level, one.propagate) for one in loggers]
    yield
    for one, handlers, level, propagate in kept:
        one.handlers[:] = handlers
        one.level, one.propagate = level, propagate
        one.manager._clear_cache()  # type: ignore[attr-defined]


@post("/v1/events")
async def submit(request: Request[Any, Any, Any]) -> dict[str, int]:
    """Take an event."""
    await request.body()
    request.scope["user"] = SimpleNamespace(name="shop")
    note_entry(request.scope, 12)
    return {"entry": 12}


@get("/v1/things/{kind:str}")
async def thing(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Answer with what was asked for."""
    return {request.path_params["kind"]: request.query_params.get("id", "")}


@get("/any/{rest:path}")
async def everything(request: Request[Any, Any, Any]) -> None:
    """Fail with what was asked for."""
    rest = str(request.path_params["rest"])
    if "no" in rest:
        raise NotAuthorizedException(detail=rest)
    try:
        int(rest)
    except ValueError as error:
        say("failed", logging.ERROR, error)
        raise


APP = Litestar([submit, thing, everything])


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    """Return the lines that were logged by the service."""
    found = [json.loads(line) for line in out.getvalue().splitlines()]
    return [one for one in found if one.get("logger") != "httpx"]


@pytest.fixture
def out() -> io.StringIO:
    """Log into a text."""
    stream = io.StringIO()
    start_logging(LogSettings(form="json"), stream)
    return stream


@pytest.fixture
def client(out: io.StringIO) -> Iterator[TestClient[Any]]:
    """Return a client of the logged application."""
    with TestClient(RequestLog(APP), raise_server_exceptions=False) as client:
        yield client


class TestRequest:
    """One line for each request."""

    def test_what_it_says(self, client: TestClient[Any], out: io.StringIO) -> None:
        """Template, status, time, caller's name, entry, and the id that the answer carries."""
        answer = client.post(f"/v1/events?{MARK}", content=MARK, headers={REQUEST_ID: MARK})
        (line,) = lines(out)
        ms, request, at = line.pop("ms"), line.pop("request"), line.pop("at")
        assert line == {
            "level": "info",
            "event": "request",
            "method": "POST",
            "route": "/v1/events",
            "status": 201,
            "caller": "shop",
            "entry": 12,
        }
        assert ms >= 0
        assert at.endswith("+00:00")
        assert answer.headers[REQUEST_ID] == request

    def test_the_template_and_not_the_path(self, client: TestClient[Any], out: io.StringIO) -> None:
        """Ids in paths and queries stay out; where no route answers there is none."""
        client.get(f"/v1/things/party?id={MARK}")
        client.get(f"/nowhere/{MARK}")
        assert [line["route"] for line in lines(out)] == ["/v1/things/{kind}", None]
        assert MARK not in out.getvalue()

    def test_a_failure_tells_its_place_and_not_its_message(
        self, client: TestClient[Any], out: io.StringIO
    ) -> None:
        """The message of an error may quote what was sent."""
        assert client.get(f"/any/{MARK}").status_code == 500
        failed = next(line for line in lines(out) if line["event"] == "failed")
        assert failed["error"] == "ValueError"
        assert "everything" in failed["stack"][-1]
        answered = next(line for line in lines(out) if line["event"] == "request")
        assert (answered["level"], answered["status"]) == ("error", 500)
        assert answered["request"] == failed["request"]
        assert MARK not in out.getvalue()

    @pytest.mark.parametrize("level", ["debug", "info"])
    @pytest.mark.parametrize("form", ["json", "text"])
    @settings(
        max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(data=st.data())
    def test_hostile_requests(self, form: Any, level: Any, data: st.DataObject) -> None:
        """Wherever it stands in a request, and whatever comes of it, the mark is in no line."""
        out = io.StringIO()
        start_logging(LogSettings(form=form, level=level), out)
        logging.getLogger("httpx").propagate = False  # the other side, in the same process
        noise = st.sampled_from(["", "%0a", "%00", "../", "\u202e", "%s%n", '"}', "{x}", "%1b[2J"])
        text = data.draw(noise) + MARK + data.draw(noise)
        path = data.draw(st.sampled_from(["/v1/events", "/v1/things/", "/any/", "/any/no", "/"]))
        with TestClient(RequestLog(APP), raise_server_exceptions=False) as client:
            client.request(
                data.draw(st.sampled_from(["GET", "POST", "PUT", "OPTIONS", MARK.upper()])),
                path + data.draw(st.sampled_from(["", text])),
                params={"id": text, text: "x"},
                content=text.encode(),
                headers={
                    "user-agent": MARK,
                    "authorization": f"Bearer {MARK}",
                    "cookie": f"vermilion={MARK}",
                    REQUEST_ID: MARK,
                },
            )
        assert MARK.lower() not in out.getvalue().lower()
        logged = [line for line in out.getvalue().splitlines() if "request" in line]
        assert logged
        assert all(line.isprintable() for line in logged)

    def test_an_answer_that_never_began(self, out: io.StringIO) -> None:
        """Where the application fails before it answers, the line has no status."""

        async def silent(scope: Any, receive: Any, send: Any) -> None:
            raise RuntimeError(MARK)

        with pytest.raises(RuntimeError):
            asyncio.run(RequestLog(silent)({"type": "http", "method": "GET"}, silent, silent))
        (line,) = [one for one in lines(out) if one["event"] == "request"]
        assert line["status"] is None
        assert line["route"] is None


class TestOthers:
    """What other packages log."""

    def test_texts_stay_and_values_go(self, out: io.StringIO) -> None:
        """The fixed text of the server is told with its numbers, without what was filled in."""
        logging.getLogger("uvicorn.error").warning("port %d for %s and %r", 8000, MARK, MARK)
        (line,) = lines(out)
        assert line["event"] == "port 8000 for … and …"

    def test_of_unknown_packages_only_the_place(self, out: io.StringIO) -> None:
        """A text that its author put together may hold anything."""
        logging.getLogger("somebody").error(f"failed for {MARK}")  # noqa: G004
        (line,) = lines(out)
        assert line["event"].startswith("test_logs:")
        assert MARK not in out.getvalue()

    def test_of_a_traceback_only_the_place(self, out: io.StringIO) -> None:
        """One that the server was handed as its text ends in the error's message."""
        logging.getLogger("uvicorn.error").error(f"Traceback\n  File\nError: {MARK}\n")  # noqa: G004
        (line,) = lines(out)
        assert line["event"].startswith("test_logs:")
        assert MARK not in out.getvalue()

    def test_the_server_writes_no_access_lines(self, out: io.StringIO) -> None:
        """They hold paths and queries."""
        logging.getLogger("uvicorn.access").info('%s - "%s"', "1.2.3.4", f"GET /{MARK}")
        assert out.getvalue() == ""


class TestForms:
    """Lines for people and for programs."""

    def test_for_people(self) -> None:
        """On a terminal a line is words, without anything that steers the terminal."""

        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        out = Terminal()
        start_logging(LogSettings(), out)
        say("started", port=8000, name="a\x1b[2Jb\n")
        assert out.getvalue()[9:] == "info    started port=8000 name=a?[2Jb?\n"

    def test_for_programs(self) -> None:
        """Elsewhere a line is one JSON object."""
        out = io.StringIO()
        start_logging(LogSettings(), out)
        say("started", port=8000)
        assert lines(out)[0]["port"] == 8000

    def test_the_level_is_kept(self) -> None:
        """What is below the level that was set is not written."""
        out = io.StringIO()
        start_logging(LogSettings(level="warning", form="json"), out)
        say("started")
        say("failing", logging.WARNING)
        assert [line["event"] for line in lines(out)] == ["failing"]
