"""Carry out the steps of a flow, with and without `await`. Nothing else knows of the network."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar

import httpx

from vermilion.client.calls import Submitted
from vermilion.client.flow import Answered, Ask, Broken, Flow, Give, Next, Pause, Read

T = TypeVar("T")


def run(
    flow: Flow[T], http: httpx.Client, url: str, events: Iterator[Submitted] | None = None
) -> Iterator[T]:
    """Carry out a flow and give what it gives."""
    exchange = Exchange(http, url)
    result: Any = None
    try:
        while True:
            try:
                step = flow.send(result)
            except StopIteration:
                return
            result = None
            match step:
                case Give(value):
                    yield value
                case Next():
                    result = step if events is None else next(events, step)
                case Pause(seconds):
                    time.sleep(seconds)
                case Ask():
                    result = exchange.ask(step)
                case Read():
                    result = exchange.read()
    finally:
        exchange.close()


async def run_async(
    flow: Flow[T], http: httpx.AsyncClient, url: str, events: AsyncIterator[Submitted] | None = None
) -> AsyncIterator[T]:
    """Carry out a flow and give what it gives."""
    exchange = AsyncExchange(http, url)
    result: Any = None
    try:
        while True:
            try:
                step = flow.send(result)
            except StopIteration:
                return
            result = None
            match step:
                case Give(value):
                    yield value
                case Next():
                    result = step if events is None else await _next(events, step)
                case Pause(seconds):
                    await asyncio.sleep(seconds)
                case Ask():
                    result = await exchange.ask(step)
                case Read():
                    result = await exchange.read()
    finally:
        await exchange.close()


async def _next(events: AsyncIterator[Submitted], end: Next) -> Submitted | Next:
    # `anext` with a default unpacks one that is a tuple (CPython 3.11).
    async for event in events:
        return event
    return end


class Exchange:
    """One request at a time, and the answer that is being read."""

    def __init__(self, http: httpx.Client, url: str) -> None:
        self._http, self._url = http, url
        self._response: httpx.Response | None = None
        self._parts: Iterator[bytes] = iter(())

    def ask(self, ask: Ask) -> Answered | Broken:
        """Send a request and return what its answer begins with."""
        self.close()
        try:
            request = _request(self._http, self._url, ask)
            self._response = self._http.send(request, stream=True)
        except httpx.HTTPError as error:
            return _broken(error)
        self._parts = self._response.iter_bytes()
        return Answered(self._response.status_code, self._response.headers)

    def read(self) -> bytes | Broken | None:
        """Return more of the answer; None at its end."""
        try:
            return next(self._parts, None)
        except httpx.HTTPError as error:
            return _broken(error)

    def close(self) -> None:
        """Read no more of the answer."""
        if self._response is not None:
            self._response.close()


class AsyncExchange:
    """One request at a time, and the answer that is being read."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http, self._url = http, url
        self._response: httpx.Response | None = None
        self._parts: AsyncIterator[bytes] | None = None

    async def ask(self, ask: Ask) -> Answered | Broken:
        """Send a request and return what its answer begins with."""
        await self.close()
        try:
            request = _request(self._http, self._url, ask)
            self._response = await self._http.send(request, stream=True)
        except httpx.HTTPError as error:
            return _broken(error)
        self._parts = self._response.aiter_bytes()
        return Answered(self._response.status_code, self._response.headers)

    async def read(self) -> bytes | Broken | None:
        """Return more of the answer; None at its end."""
        try:
            return None if self._parts is None else await anext(self._parts, None)
        except httpx.HTTPError as error:
            return _broken(error)

    async def close(self) -> None:
        """Read no more of the answer."""
        if self._response is not None:
            await self._response.aclose()


def _request(http: httpx.Client | httpx.AsyncClient, url: str, ask: Ask) -> httpx.Request:
    method, path, accept, body, content_type = ask.request
    headers = {"accept": f"{accept}, application/problem+json"}
    if body is not None:
        headers["content-type"] = content_type
    return http.build_request(method, url + path, content=body, headers=headers)


def _broken(error: httpx.HTTPError) -> Broken:
    too_slow = isinstance(error, httpx.TimeoutException)
    return Broken(
        "it was too slow" if too_slow else f"the connection failed: {type(error).__name__}"
    )
