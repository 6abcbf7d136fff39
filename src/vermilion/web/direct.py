"""Answer the question that is asked most, an event alone with a platform's key, without the framework."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import NamedTuple

from vermilion.errors import Error
from vermilion.web.access import Access
from vermilion.web.access.caller import Caller
from vermilion.web.access.limits import Limiter
from vermilion.web.access.refusals import TooManyError
from vermilion.web.api.asked import received_of
from vermilion.web.logs import RequestLine, say
from vermilion.web.measures import CLIENT_LEFT, Measures
from vermilion.web.problems import MEDIA_TYPE, headers_of, problem_of, written
from vermilion.web.served import Told
from vermilion.web.service import Service

PATH = "/v1/events"


class Answer(NamedTuple):
    """What is answered; the headers are those beside type, length and what every answer has."""

    status: int
    body: bytes
    media_type: str
    headers: dict[str, str]


Tell = Callable[[Answer, str], None]
"""Hears an answer and the id of the request."""


class Direct:
    """Answers events alone.

    Args:
        service: judges.
        access: says whose a key is.
        limiter: how often who may ask.
        measures: where it is counted.
    """

    def __init__(
        self, service: Service, access: Access, limiter: Limiter, measures: Measures
    ) -> None:
        self.service = service
        self.limiter = limiter
        self.measures = measures
        self._access = access
        self._known: dict[bytes, Caller] = {}

    def caller(self, key: bytes) -> Caller | None:
        """Return whose it is, if a request says for authorization a platform's key.

        What is read from clients at one time is looked up once for each key.
        """
        found = self._known.get(key)
        if found is None and (found := self._find(key)) is not None:
            if not self._known:
                asyncio.get_running_loop().call_soon(self._known.clear)
            self._known[key] = found
        return found

    def begin(self, caller: Caller, tell: Tell) -> Question:
        """Begin a question of a caller, who is told the answer: at once, if they ask too often."""
        question = Question(self, caller, tell)
        try:
            self.limiter.count(caller, {})
        except TooManyError as error:
            question.answer(error)
        return question

    def _find(self, key: bytes) -> Caller | None:
        if key[:7].lower() != b"bearer ":
            return None
        try:
            caller = self._access.caller_of_key(key[7:].decode("latin-1").strip())
        except Error:
            return None  # which arises again on the usual way
        return caller if caller is not None and caller.role == "platform" else None


class Question:
    """An event alone, from its headers to its answer.

    Args:
        direct: answers.
        caller: asks.
        tell: hears the answer.
    """

    def __init__(self, direct: Direct, caller: Caller, tell: Tell) -> None:
        self._direct = direct
        self._caller = caller
        self._tell = tell
        self._line = RequestLine()

    def ask(self, body: bytes) -> None:
        """Have the event judged, and be answered soon."""
        try:
            self._direct.service.ask(received_of(body, self._caller), self.answer)
        except Exception as error:  # noqa: BLE001  (as for every other route)
            self.answer(error)

    def leave(self) -> None:
        """Log and count that the client went away before its event was read."""
        self._line.write("POST", PATH, self._caller.name, None)
        self._count(CLIENT_LEFT)

    def answer(self, told: Told | Exception) -> None:
        """Tell the answer, log it and count it."""
        line = self._line
        with line.current():
            answer, entry = _answer(told)
            self._tell(answer, line.id)
            line.status, line.whole = answer.status, True
            line.write("POST", PATH, self._caller.name, entry)
        self._count(answer.status)

    def _count(self, status: int) -> None:
        seconds = time.perf_counter() - self._line.began
        self._direct.measures.note("POST", PATH, status, seconds)


def _answer(told: Told | Exception) -> tuple[Answer, int | None]:
    """Return what is answered, and the entry if there is one."""
    if not isinstance(told, Exception):
        return Answer(200, told.written, "application/json", {}), told.entry
    said = problem_of(told)
    if said.status >= 500:
        say("failed", logging.ERROR, told)
    return Answer(said.status, written(said), MEDIA_TYPE, headers_of(told, said.status)), None
