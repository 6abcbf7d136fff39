"""Submit events: judged, durable, idempotent, and refused with the field at fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vermilion.cli import main
from vermilion.facts.canonical import canonical_form
from vermilion.simulate import MarketConfig, market
from vermilion.web.api.events import AT_ONCE
from vermilion.web.settings import Limits, ServeSettings

from .desk import Desk, sale, served

NDJSON = {"Content-Type": "application/x-ndjson"}


def lines(answer: Any) -> list[dict[str, Any]]:
    """Return the lines of an answer."""
    return [json.loads(one) for one in answer.text.splitlines()]


class TestOne:
    """One event, one answer."""

    def test_first_call_gets_a_decision(self, desk: Desk) -> None:
        """A plain event is judged under each rulebook in force, with its place in the record."""
        answer = desk.submit(sale("a"))
        assert answer.status_code == 200, answer.text
        judged = answer.json()
        assert (judged["status"], judged["event"]["id"]) == ("sealed", "a")
        assert [one["rulebook"]["id"] for one in judged["decisions"]] == ["cn", "permits"]
        assert desk.ask("auditor", "GET", f"/v1/judgements/{judged['entry']}").status_code == 200

    def test_the_same_event_again_is_answered_with_what_is_recorded(self, desk: Desk) -> None:
        """Nothing is recorded twice, and the decisions are the same bytes."""
        first, again = desk.submit(sale("a")), desk.submit(sale("a"))
        assert (first.json()["status"], again.json()["status"]) == ("sealed", "duplicate")
        cut = '"decisions":'
        assert first.text.partition(cut)[2] == again.text.partition(cut)[2]
        assert first.json()["entry"] == again.json()["entry"]

    def test_another_event_under_its_identity_is_a_conflict(self, desk: Desk) -> None:
        """The second one is refused, and the first stands."""
        desk.submit(sale("a"))
        other = desk.submit(sale("a", data={"price": {"amount": 2, "currency": "CNY"}}))
        assert (other.status_code, other.json()["code"]) == (409, "id_conflict")
        assert desk.submit(sale("a")).json()["status"] == "duplicate"

    @pytest.mark.parametrize(
        ("body", "code", "field"),
        [
            (b"", "json_truncated", None),
            (b"{", "json_truncated", None),
            (b"[]", None, None),
            (b'{"specversion":"1.0"}', None, None),
            (json.dumps(sale("a", time="yesterday")).encode(), None, "time"),
            (
                json.dumps(sale("a", data={"price": {"amount": 1, "currency": "XXX"}})).encode(),
                None,
                "data.price",
            ),
            (b'{"a":' * 100 + b"1" + b"}" * 100, None, None),
            (b"\xff\xfe", None, None),
        ],
    )
    def test_what_cannot_be_read_is_refused_with_its_place(
        self, shared: Desk, body: bytes, code: str | None, field: str | None
    ) -> None:
        """A problem document names the field where there is one, and the remedy."""
        answer = shared.ask("platform", "POST", "/v1/events", content=body)
        said = answer.json()
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert said["remedy"]
        assert code is None or said["code"] == code
        assert field is None or said["field"].startswith(field)

    @pytest.mark.parametrize(("path", "status"), [("/v1/event", 404), ("/v1/events", 405)])
    def test_a_wrong_route_is_told_where_all_are(
        self, shared: Desk, path: str, status: int
    ) -> None:
        """Whoever misses a path or method learns where the description is."""
        answer = shared.ask("platform", "GET", path)
        assert answer.status_code == status
        assert "/schema/openapi.json" in answer.json()["remedy"]

    def test_too_large_a_body_is_refused(self, shared: Desk) -> None:
        """Over a mebibyte nothing is read."""
        answer = shared.ask("platform", "POST", "/v1/events", content=b" " * (2**20 + 1))
        assert (answer.status_code, answer.json()["status"]) == (413, 413)

    @pytest.mark.parametrize("kind", ["resolution", "finding", "case", "access", "list", "erasure"])
    def test_what_the_desk_writes_is_not_submitted(self, shared: Desk, kind: str) -> None:
        """Nobody answers a review or notes an access by submitting an event."""
        data = {
            "resolution": {
                "action": "release",
                "parties": {"by": "olga"},
                "event": {"source": "s", "id": "a"},
            },
            "finding": {"kind": "bypass"},
            "case": {"cause": "0" * 32, "action": "note", "parties": {"by": "olga"}},
            "access": {"action": "read", "parties": {"by": "olga"}, "what": "party"},
            "list": {"list": {"id": "ofac", "retired": True}},
            "erasure": {
                "erased": "ann",
                "parties": {"by": "ada"},
                "ground": "requested",
                "keys": ["0" * 32],
            },
        }[kind]
        event = sale(kind, type=kind, stage="settled") | {"data": data}
        answer = shared.submit(event)
        assert (answer.status_code, answer.json()["code"]) == (403, "type_reserved")

    def test_what_a_detector_saw_is_submitted(self, shared: Desk) -> None:
        """A pattern found by the platform's own monitoring is judged like any other event."""
        event = sale("seen", type="finding", stage="settled")
        event["data"] = {"kind": "pattern", "pattern": "wash_trade", "score": 90}
        answer = shared.submit(event)
        assert answer.status_code == 200, answer.text
        assert answer.json()["status"] == "sealed"

    def test_what_the_desk_would_write_is_not_taken_before(self, shared: Desk) -> None:
        """No key takes ids of the desk's own sources, unless it was made for one of them."""
        event = sale("taken", type="finding", stage="settled", source="vermilion:watch")
        event["data"] = {"kind": "pattern", "pattern": "wash_trade", "score": 1}
        refused = shared.submit(event)
        assert (refused.status_code, refused.json()["code"]) == (403, "source_not_yours")
        assert shared.submit(event, sources=("vermilion:watch",)).status_code == 200

    def test_a_key_submits_only_for_its_sources(self, shared: Desk) -> None:
        """A key made for one source neither submits nor reads another's."""
        entry = shared.submit(sale("theirs")).json()["entry"]
        mine = {"sources": ("//mine.example",)}
        refused = shared.submit(sale("b"), **mine)
        assert (refused.status_code, refused.json()["code"]) == (403, "source_not_yours")
        assert shared.submit(sale("b", source="//mine.example"), **mine).status_code == 200
        for path in ("", "/explanation", "/customer"):
            read = shared.ask("platform", "GET", f"/v1/judgements/{entry}{path}", **mine)
            assert read.status_code == 403
        listed = shared.ask("platform", "GET", "/v1/judgements", **mine).json()["items"]
        assert {one["source"] for one in listed} == {"//mine.example"}


class TestMany:
    """Lines of events, a line of answer for each."""

    def test_a_bad_line_is_told_in_its_place(self, desk: Desk) -> None:
        """The others are judged, in order, and blank lines do not count as events."""
        body = "\n".join([json.dumps(sale("a")), "{oops", "", json.dumps(sale("b"))])
        answer = desk.ask("platform", "POST", "/v1/events/stream", content=body, headers=NDJSON)
        told = lines(answer)
        assert [one["line"] for one in told] == [1, 2, 4]
        assert [("judged" in one) for one in told] == [True, False, True]
        assert told[1]["rejected"]["remedy"]

    def test_a_line_that_is_too_long_is_not_kept(self, desk: Desk) -> None:
        """It is told as such, and the next line is judged."""
        body = b"x" * (3 * 2**20) + b"\n" + json.dumps(sale("a")).encode()
        answer = desk.ask("platform", "POST", "/v1/events/stream", content=body, headers=NDJSON)
        first, second = lines(answer)
        assert first["rejected"]["code"] == "line_too_long"
        assert second["judged"]["event"]["id"] == "a"

    def test_too_many_lines_are_refused_line_by_line(self, tmp_path: Path) -> None:
        """What is over the limit is named, and what is under it is judged."""
        settings = ServeSettings(limits=Limits(stream_lines=2))
        body = "\n".join(json.dumps(sale(f"s{n}")) for n in range(3))
        with served(tmp_path / "book", settings) as desk:
            answer = desk.ask("platform", "POST", "/v1/events/stream", content=body)
        first, second, last = lines(answer)
        assert "judged" in first
        assert "judged" in second
        assert (last["line"], last["rejected"]["code"]) == (3, "too_many_lines")

    def test_arrow_and_lines_decide_alike(self, desk: Desk) -> None:
        """Whether JSON texts in a column or typed columns, the answers are those to the lines."""
        arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        events = [sale(f"s{n}") for n in range(5)]
        ask = ("platform", "POST", "/v1/events/stream")
        told = desk.ask(*ask, content="\n".join(map(json.dumps, events))).text
        for rows in (events, [{"event": json.dumps(one)} for one in events]):
            table, sink = arrow.Table.from_pylist(rows), arrow.BufferOutputStream()
            with arrow.ipc.new_stream(sink, table.schema) as writer:
                writer.write_table(table)
            kind = {"Content-Type": "application/vnd.apache.arrow.stream"}
            again = desk.ask(*ask, content=sink.getvalue().to_pybytes(), headers=kind).text
            assert again.replace('"duplicate"', '"sealed"') == told

    def test_a_row_of_arrow_that_is_no_text(self, desk: Desk) -> None:
        """A row that is not UTF-8 is refused in its place, and the others are judged."""
        arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        rows = [json.dumps(sale("a")).encode(), b"\xff", json.dumps(sale("b")).encode()]
        table = arrow.table({"event": arrow.array(rows).view(arrow.string())})
        sink = arrow.BufferOutputStream()
        with arrow.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        kind = {"Content-Type": "application/vnd.apache.arrow.stream"}
        body = sink.getvalue().to_pybytes()
        answer = desk.ask("platform", "POST", "/v1/events/stream", content=body, headers=kind)
        told = lines(answer)
        assert [("judged" in one) for one in told] == [True, False, True]
        assert told[1]["rejected"]["remedy"]

    def test_what_is_no_arrow_is_refused(self, shared: Desk) -> None:
        """A body that only says that it is Arrow gets a problem, not a failure."""
        pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        kind = {"Content-Type": "application/vnd.apache.arrow.stream"}
        for body in (b"", b"{}", b"\xff\xff\xff\xff\x10\x00\x00\x00" + b"\x00" * 16):
            answer = shared.ask("platform", "POST", "/v1/events/stream", content=body, headers=kind)
            assert (answer.status_code, answer.json()["code"]) == (422, "not_arrow"), answer.text

    def test_command_line_and_interface_decide_alike(self, tmp_path: Path) -> None:
        """Through `check`, one by one and as a stream the decisions are the same bytes."""
        found = {
            (one.source, one.id): canonical_form(one)[1]
            for one in market(MarketConfig(events=AT_ONCE + 144, violation_rate=200))
        }
        events = b"\n".join(found.values()) + b"\n"
        (tmp_path / "events.ndjson").write_bytes(events)
        with served(tmp_path / "one") as desk:
            ask = desk.ask
            single = [ask("platform", "POST", "/v1/events", content=one) for one in found.values()]
            one_by_one = [decisions(one.text) for one in single]
        with served(tmp_path / "many") as desk:
            answer = desk.ask("platform", "POST", "/v1/events/stream", content=events)
            streamed = [decisions(line[:-1]) for line in answer.text.splitlines()]
        out = tmp_path / "decisions.ndjson"
        with served(tmp_path / "cli"):
            pass
        asked = ["check", str(tmp_path / "events.ndjson"), "--book", str(tmp_path / "cli")]
        done = CliRunner().invoke(main, [*asked, "--out", str(out), "--json"])
        assert done.exit_code == 0, done.output
        checked = out.read_text().splitlines()
        assert one_by_one == streamed
        assert "".join(one_by_one) == "".join(
            ",".join(checked[place : place + 2]) for place in range(0, len(checked), 2)
        )


def decisions(judged: str) -> str:
    """Return the text of the decisions of an answer."""
    return judged.partition('"decisions":[')[2].removesuffix("]}")


def test_nothing_is_called_erased_that_is_not_written_yet(desk: Desk) -> None:
    """What would make an event pass is told by what was said just before it, too."""
    kyc = {"id": "market:party:bob", "kind": "person", "kyc": {"status": "none"}}
    said = sale("kyc") | {"type": "party", "stage": "settled", "data": {"party": kyc}}
    assert desk.submit(said).json()["status"] == "sealed"
    entry = desk.submit(sale("1")).json()["entry"]
    answer = desk.ask("auditor", "GET", f"/v1/judgements/{entry}/passing")
    assert answer.status_code == 200, answer.text
    assert answer.json()[0]["rules"]
