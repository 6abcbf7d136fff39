"""A node on the loopback: a chain in memory that answers, refuses, breaks off and changes its mind."""

from __future__ import annotations

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from intake.evm.chain_logs import T0

Trouble = tuple[int, dict[str, str], bytes]


class LoopbackNode:
    """Serves blocks 0 to `head`; a context manager.

    `forks` names for each block the fork it is of, and `logs` maps blocks to their logs. `trouble`
    is answered before anything else, and `most` is how many blocks eth_getLogs answers for.
    """

    def __init__(self, head: int, chain: int = 1) -> None:
        self.head, self.chain = head, chain
        self.logs: dict[int, list[dict[str, Any]]] = {}
        self.forks: dict[int, str] = {}
        self.most = 10**9
        self.batches = True
        self.trouble: deque[Trouble] = deque()
        self.asked: list[dict[str, Any]] = []
        self.before: Any = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, logs: list[dict[str, Any]]) -> None:
        """Add logs to the chain; their blocks' hashes are the node's."""
        for log in logs:
            self.logs.setdefault(int(log["blockNumber"], 16), []).append(log)

    def reorganise(self, first: int, name: str, logs: list[dict[str, Any]]) -> None:
        """Replace the blocks from one on by those of another fork."""
        for number in range(first, self.head + 1):
            self.forks[number] = name
            self.logs.pop(number, None)
        self.put(logs)

    def hash(self, number: int) -> str:
        """Return a block's hash, which says its fork."""
        return f"0x{self.forks.get(number, 'a').encode().hex():0>32}{number:032x}"

    def answer(self, method: str, params: list[Any]) -> dict[str, Any]:
        """Answer a question."""
        self.asked.append({"method": method, "params": params})
        if self.before is not None:
            self.before(self, method, params)
        match method:
            case "eth_chainId":
                return {"result": hex(self.chain)}
            case "eth_blockNumber":
                return {"result": hex(self.head)}
            case "eth_getBlockByNumber":
                return {"result": self._block(int(params[0], 16))}
            case "eth_getLogs":
                return self._logs(params[0])
        return {"error": {"code": -32601, "message": "no such method"}}

    def _block(self, number: int) -> dict[str, Any] | None:
        if number > self.head:
            return None
        return {
            "number": hex(number),
            "hash": self.hash(number),
            "parentHash": self.hash(number - 1),
            "timestamp": hex(T0 + 12 * number),
            "transactions": [],
        }

    def _logs(self, question: dict[str, Any]) -> dict[str, Any]:
        first, last = int(question["fromBlock"], 16), int(question["toBlock"], 16)
        if last - first >= self.most:
            return {"error": {"code": -32005, "message": "query exceeds the range limit"}}
        found = [
            {**log, "blockHash": self.hash(number), "blockTimestamp": None}
            for number in range(first, last + 1)
            for log in self.logs.get(number, [])
            if log["address"] in question.get("address", [log["address"]])
            and log["topics"][0] in question["topics"][0]
        ]
        return {"result": found}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        node = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if node.trouble:
                    status, headers, text = node.trouble.popleft()
                    self._send(status, headers, text)
                elif isinstance(body, list) and not node.batches:
                    self._send(
                        200,
                        {},
                        json.dumps(
                            node._reply(
                                {"id": None}, {"error": {"code": -32600, "message": "no batches"}}
                            )
                        ).encode(),
                    )
                elif isinstance(body, list):
                    replies = [
                        node._reply(one, node.answer(one["method"], one["params"])) for one in body
                    ]
                    self._send(200, {}, json.dumps(replies).encode())
                else:
                    reply = node._reply(body, node.answer(body["method"], body["params"]))
                    self._send(200, {}, json.dumps(reply).encode())

            def _send(self, status: int, headers: dict[str, str], text: bytes) -> None:
                self.send_response(status)
                for name, value in {"content-length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)
                self.close_connection = "content-length" in headers

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    @staticmethod
    def _reply(body: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": body["id"], **found}

    def __enter__(self) -> LoopbackNode:
        # The pause between looks for the order to stop is what a test would wait for.
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
