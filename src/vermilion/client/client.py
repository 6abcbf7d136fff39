"""The two clients: their methods; what differs is only how they wait."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from ipaddress import ip_address
from typing import Any, Literal, Self, TypedDict, TypeVar, Unpack

import httpx

from vermilion import __version__
from vermilion.client import calls
from vermilion.client.answers import Case, Judged, Line, Missing, Permit, Resolved, Summary, Waiting
from vermilion.client.calls import Submitted
from vermilion.client.exchange import run, run_async
from vermilion.client.flow import Flow, Limits
from vermilion.client.questions import Questions
from vermilion.client.trust import Trust
from vermilion.errors import UsageError

ATTEMPTS, SECONDS = 5, 10.0
"""How often and how long is asked, unless the caller says otherwise. Policy."""

T = TypeVar("T")
Action = Literal["release", "refuse", "override"]


class Settings(TypedDict, total=False):
    """What a client may be told beside the desk's address and a key.

    `permit_key` is the JWK of the book's permits, or its `x`, from a source that you trust; without
    it no judgement is ever true. `issuer` is the name of the book that must have issued permits.
    `attempts` is how often a question is asked that may safely be asked again, and `seconds` how
    long the desk may take to answer.
    """

    permit_key: str | None
    issuer: str | None
    attempts: int
    seconds: float


class _Base:
    """What both clients are made of.

    Raises:
        UsageError: `bad_address`: not https, nor http on this machine; `bad_key`.
    """

    def __init__(self, url: str, settings: Settings) -> None:
        trust = Trust(settings.get("permit_key"), settings.get("issuer"))
        self._seconds = settings.get("seconds", SECONDS)
        self._ask = Questions(trust, Limits(settings.get("attempts", ATTEMPTS), self._seconds))
        self._url = _address(url)

    def _http_settings(self, key: str) -> dict[str, Any]:
        agent = f"vermilion/{__version__}"
        return {
            "headers": {"authorization": f"Bearer {key}", "user-agent": agent},
            "timeout": self._seconds,
            "follow_redirects": False,
        }


class Client(_Base):
    """Asks a desk, and waits for the answer. It may be used from several threads; close it.

    Args:
        url: the desk's address: https, or http on this machine.
        key: an API key, `vk_…`.
        settings: see `Settings`.

    Every method raises:
        DeskRefused: the desk refused; `problem` says what must change.
        DeskUnavailable: there is no answer to rely on: hold the event, never let it pass.
    """

    def __init__(self, url: str, key: str, **settings: Unpack[Settings]) -> None:
        super().__init__(url, settings)
        self._http = httpx.Client(**self._http_settings(key))

    def submit(self, event: Submitted) -> Judged:
        """Have an event judged and sealed; the answer is in the record."""
        return self._one(self._ask.submit(event))

    def submit_stream(self, events: Iterable[Submitted]) -> Iterator[Line]:
        """Have events judged, and give what came of each in order, as the answers come in.

        Up to 256 events are taken, sent and kept at a time. Where it breaks off, whatever
        was not given has no answer; after a new attempt one may be told as a duplicate.
        """
        return run(self._ask.stream(), self._http, self._url, iter(events))

    def judgement(self, entry: int) -> Judged:
        """Read what came of an event by its entry; true for the event that it names."""
        return self._one(self._ask.judgement(entry))

    def judgements(
        self,
        *,
        source: str | None = None,
        id: str | None = None,
        type: str | None = None,
        verdict: str | None = None,
        limit: int = 200,
    ) -> Iterator[Summary]:
        """Give judgements, newest first, to the last; `limit` is the size of a page."""
        said = {"source": source, "id": id, "type": type, "verdict": verdict, "limit": limit}
        return self._run(self._ask.pages(calls.judgements, said))

    def explanation(self, entry: int, language: Literal["zh", "en"] = "en") -> str:
        """Read in sentences what was decided, and why."""
        return self._one(self._ask.one(calls.explanation(entry, language)))

    def permit(self, number: int) -> Permit:
        """Read a permit by its number; verify it with `vermilion.permit` before relying on it."""
        return self._one(self._ask.one(calls.permit(number)))

    def missing(self, *, limit: int = 200) -> list[Missing]:
        """Read all facts that events wait for, what most wait for first; `limit` as for `cases`."""
        return list(self._run(self._ask.pages(calls.missing, {"limit": limit})))

    def waiting(self, *, limit: int = 200) -> Iterator[Waiting]:
        """Give the resolutions that wait for a second person, oldest first; `limit` as for `cases`."""
        return self._run(self._ask.pages(calls.waiting, {"limit": limit}))

    def cases(
        self,
        *,
        text: str | None = None,
        status: str | None = None,
        assignee: str | None = None,
        limit: int = 200,
    ) -> Iterator[Case]:
        """Give the cases, most urgent first; `text` stands in them, `limit` is the size of a page."""
        said = {"text": text, "status": status, "assignee": assignee, "limit": limit}
        return self._run(self._ask.pages(calls.cases, said))

    def resolve(
        self,
        action: Action,
        reason: str,
        *,
        event: tuple[str, str] | None = None,
        cause: str | None = None,
        until: str | None = None,
    ) -> Resolved:
        """Answer what is held: an event by source and id, or all that a cause holds, until when.

        It is sent once: after `DeskUnavailable`, look whether it was made before making it again.
        """
        said = _resolution(action, reason, event, cause, until)
        return self._one(self._ask.one(calls.resolve(said)))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _one(self, flow: Flow[T]) -> T:
        (found,) = self._run(flow)
        return found

    def _run(self, flow: Flow[T]) -> Iterator[T]:
        return run(flow, self._http, self._url)


class AsyncClient(_Base):
    """Asks a desk as `Client` does, for programs that `await`. Close it.

    Every method raises:
        DeskRefused: the desk refused; `problem` says what must change.
        DeskUnavailable: there is no answer to rely on: hold the event, never let it pass.
    """

    def __init__(self, url: str, key: str, **settings: Unpack[Settings]) -> None:
        super().__init__(url, settings)
        self._http = httpx.AsyncClient(**self._http_settings(key))

    async def submit(self, event: Submitted) -> Judged:
        """As `Client.submit`."""
        return await self._one(self._ask.submit(event))

    def submit_stream(
        self, events: Iterable[Submitted] | AsyncIterable[Submitted]
    ) -> AsyncIterator[Line]:
        """As `Client.submit_stream`."""
        return run_async(self._ask.stream(), self._http, self._url, _awaited(events))

    async def judgement(self, entry: int) -> Judged:
        """As `Client.judgement`."""
        return await self._one(self._ask.judgement(entry))

    def judgements(
        self,
        *,
        source: str | None = None,
        id: str | None = None,
        type: str | None = None,
        verdict: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[Summary]:
        """As `Client.judgements`."""
        said = {"source": source, "id": id, "type": type, "verdict": verdict, "limit": limit}
        return self._run(self._ask.pages(calls.judgements, said))

    async def explanation(self, entry: int, language: Literal["zh", "en"] = "en") -> str:
        """As `Client.explanation`."""
        return await self._one(self._ask.one(calls.explanation(entry, language)))

    async def permit(self, number: int) -> Permit:
        """As `Client.permit`."""
        return await self._one(self._ask.one(calls.permit(number)))

    async def missing(self, *, limit: int = 200) -> list[Missing]:
        """As `Client.missing`."""
        return [one async for one in self._run(self._ask.pages(calls.missing, {"limit": limit}))]

    def waiting(self, *, limit: int = 200) -> AsyncIterator[Waiting]:
        """As `Client.waiting`."""
        return self._run(self._ask.pages(calls.waiting, {"limit": limit}))

    def cases(
        self,
        *,
        text: str | None = None,
        status: str | None = None,
        assignee: str | None = None,
        limit: int = 200,
    ) -> AsyncIterator[Case]:
        """As `Client.cases`."""
        said = {"text": text, "status": status, "assignee": assignee, "limit": limit}
        return self._run(self._ask.pages(calls.cases, said))

    async def resolve(
        self,
        action: Action,
        reason: str,
        *,
        event: tuple[str, str] | None = None,
        cause: str | None = None,
        until: str | None = None,
    ) -> Resolved:
        """As `Client.resolve`."""
        said = _resolution(action, reason, event, cause, until)
        return await self._one(self._ask.one(calls.resolve(said)))

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _one(self, flow: Flow[T]) -> T:
        (found,) = [one async for one in self._run(flow)]
        return found

    def _run(self, flow: Flow[T]) -> AsyncIterator[T]:
        return run_async(flow, self._http, self._url)


async def _awaited(
    events: Iterable[Submitted] | AsyncIterable[Submitted],
) -> AsyncIterator[Submitted]:
    if isinstance(events, AsyncIterable):
        async for event in events:
            yield event
    else:
        for event in events:
            yield event


def _resolution(
    action: str, reason: str, event: tuple[str, str] | None, cause: str | None, until: str | None
) -> dict[str, Any]:
    named = None if event is None else {"source": event[0], "id": event[1]}
    return {"action": action, "reason": reason, "event": named, "cause": cause, "until": until}


def _address(url: str) -> str:
    """Return an address without a slash at its end, if it may be given a key."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        parts = httpx.URL("")
    plain = parts.scheme == "http" and _is_here(parts.host)
    if not parts.host or parts.userinfo or parts.query or parts.fragment:
        plain = False
    elif parts.scheme == "https":
        plain = True
    if not plain:
        raise UsageError(
            "bad_address",
            "this is not an address of a desk to which a key may be sent",
            help="write https://desk.example; http is for this machine alone",
        )
    return str(parts).rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
