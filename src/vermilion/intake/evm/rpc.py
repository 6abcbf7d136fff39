"""A chain's node asked over JSON-RPC: with patience, within bounds, and told apart by what can be done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from vermilion.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TRIES = 6
"""How often a question is asked before the node counts as out of reach. Policy."""

MOST_BYTES = 2**28
"""Longest answer that is read; a longer one counts as a range that is too large. Policy."""

BATCH = 50
"""Blocks that are asked for together. Policy."""

_LONGEST_WAIT = 30.0
_BUSY = {408, 425, 429, 500, 502, 503, 504}
_LIMIT_CODES = {-32005, -32600, -32602, -32000, -32701, -32062}
_LIMIT_WORDS = ("range", "limit", "too many", "more than", "too large", "response size", "timeout")


class RangeTooLargeError(Exception):
    """The node does not answer for so many blocks at once."""


class _AgainError(Exception):
    """The node may answer when it is asked again, after so many seconds if it says so."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class Header(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of a block: its number, hash, parent and time, as the node writes them."""

    number: str
    hash: str
    parent_hash: str
    timestamp: str


class _Reply(msgspec.Struct):
    """A reply of JSON-RPC 2.0."""

    id: int | str | None = None
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: dict[str, Any] | None = None


class Node:
    """A node at a URL; `sleep` waits between tries."""

    def __init__(
        self, url: str, *, sleep: Callable[[float], None] = time.sleep, timeout: float = 60.0
    ) -> None:
        self._url = url
        self._sleep = sleep
        self._http = httpx.Client(timeout=timeout)
        self._batches = True

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def chain_id(self) -> int:
        """Return the number of the node's chain."""
        return self._number("eth_chainId")

    def head(self) -> int:
        """Return the number of the newest block."""
        return self._number("eth_blockNumber")

    def logs(self, question: dict[str, Any]) -> list[bytes]:
        """Return the logs that match, each as JSON.

        Raises:
            RangeTooLargeError: fewer blocks have to be asked for.
            DataError: the node is out of reach, or refuses.
        """
        found = msgspec.json.decode(self._call("eth_getLogs", [question]), type=list[msgspec.Raw])
        return [bytes(item) for item in found]

    def headers(self, numbers: Sequence[int]) -> dict[int, Header]:
        """Return blocks by number; those that the node does not have are absent.

        Raises:
            DataError: the node is out of reach, or refuses.
        """
        found: dict[int, Header] = {}
        for begin in range(0, len(numbers), BATCH):
            some = numbers[begin : begin + BATCH]
            asked: list[tuple[str, list[Any]]] = [
                ("eth_getBlockByNumber", [hex(number), False]) for number in some
            ]
            for number, raw in zip(some, self._answers(asked), strict=True):
                header = msgspec.json.decode(raw, type=Header | None)
                if header is not None and int(header.number, 16) == number:
                    found[number] = header
        return found

    def _number(self, method: str) -> int:
        return int(msgspec.json.decode(self._call(method, []), type=str), 16)

    def _answers(self, asked: list[tuple[str, list[Any]]]) -> list[bytes]:
        """Ask several questions at once where the node takes that, else one by one."""
        if self._batches and len(asked) > 1:
            body = [_question(method, params, n) for n, (method, params) in enumerate(asked)]
            replies = self._asked(body)
            if isinstance(replies, list) and len(replies) == len(asked):
                by_id = {reply.id: reply for reply in replies}
                ordered = [by_id.get(n) for n in range(len(asked))]
                if all(reply is not None and reply.error is None for reply in ordered):
                    return [bytes(reply.result) for reply in ordered if reply is not None]
            self._batches = False
        return [self._call(method, params) for method, params in asked]

    def _call(self, method: str, params: list[Any]) -> bytes:
        reply = self._asked(_question(method, params, 1))
        if isinstance(reply, list) or reply.error is not None:
            error = {} if isinstance(reply, list) else reply.error or {}
            raise _refused(self._url, method, error)
        return bytes(reply.result)

    def _asked(self, body: Any) -> _Reply | list[_Reply]:
        """Ask until there is an answer; what is cut off or not JSON is no answer."""
        wait = 0.5
        for left in reversed(range(TRIES)):
            try:
                return self._once(body)
            except (_AgainError, httpx.TransportError) as error:
                if not left:
                    raise self._unreached(str(error) or type(error).__name__) from None
                asked = getattr(error, "wait", None)
                self._sleep(min(wait if asked is None else asked, _LONGEST_WAIT))
                wait *= 2
        raise AssertionError

    def _once(self, body: Any) -> _Reply | list[_Reply]:
        headers = {"content-type": "application/json"}
        content = msgspec.json.encode(body)
        with self._http.stream("POST", self._url, content=content, headers=headers) as answer:
            if answer.status_code in _BUSY:
                raise _AgainError(f"HTTP {answer.status_code}", _retry_after(answer))
            if answer.status_code == 413:
                raise RangeTooLargeError
            text = bytearray()
            for piece in answer.iter_bytes():
                text += piece
                if len(text) > MOST_BYTES:
                    raise RangeTooLargeError
        try:
            kind: Any = list[_Reply] if bytes(text[:64]).lstrip()[:1] == b"[" else _Reply
            found: _Reply | list[_Reply] = msgspec.json.decode(text, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            if answer.status_code >= 400:
                raise self._unreached(f"HTTP {answer.status_code}") from None
            raise _AgainError(f"the answer is cut off or no JSON ({error})") from None
        if isinstance(found, _Reply) and (found.error or {}).get("code") == 429:
            raise _AgainError("the node asks for fewer questions")
        return found

    def _unreached(self, why: str) -> DataError:
        return DataError(
            "node_unreached",
            f"the node gives no answer: {why}",
            help="check the URL and the node; what was read is kept, go on with --resume",
            where=httpx.URL(self._url).copy_with(userinfo=b"", query=None, path="/").__str__(),
        )


def _question(method: str, params: list[Any], number: int) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def _refused(url: str, method: str, error: dict[str, Any]) -> Exception:
    said = str(error.get("message", "no reason given"))
    if (
        method == "eth_getLogs"
        and error.get("code") in _LIMIT_CODES
        and any(word in said.lower() for word in _LIMIT_WORDS)
    ):
        return RangeTooLargeError(said)
    return DataError(
        "node_refused",
        f"the node refuses `{method}`: {said[:200]}",
        help="check that the node serves this method and keeps the blocks asked for",
        where=str(httpx.URL(url).host),
    )


def _retry_after(answer: httpx.Response) -> float | None:
    try:
        return max(float(answer.headers["retry-after"]), 0.0)
    except (KeyError, ValueError):
        return None
