"""The recipes take what the systems they are for write out, and say what is still unknown."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from vermilion.cli import main
from vermilion.facts.events import Event, Issue, Payment, Sale, Transfer, event_type_of
from vermilion.intake import Received, load_mapping, read_events

ROOT = Path(__file__).parent.parent
RECIPES = ROOT / "recipes"
FIELDS = ROOT.parent / "shared" / "data" / "chain_vectors" / "antchain_api_fields.json"
PAGE = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")

ISSUES = ("create_nft_issuer", "create_nft_publish", "import_nft_create")
BY_SKU = ("exec_nft_transfer", "apply_nft_transfer")
BY_PROJECT = (
    "send_nft_transfer",
    "run_nft_transfer",
    "apply_nft_transferbyprojectwithchanneltenant",
)

SHOP_COLUMNS = [
    "Order Number",
    "Order Status",
    "Order Date",
    "Paid Date",
    "Customer User ID",
    "Payment Method Title",
    "Order Currency",
    "Item #",
    "SKU",
    "Item Name",
    "Quantity",
    "Item Cost",
    "Order Refund Amount",
]
PAID_COLUMNS = [
    "Company Account",
    "Merchant Account",
    "Psp Reference",
    "Merchant Reference",
    "Payment Method",
    "Creation Date",
    "TimeZone",
    "Type",
    "Modification Reference",
    "Gross Currency",
    "Gross Debit (GC)",
    "Gross Credit (GC)",
    "Exchange Rate",
    "Net Currency",
    "Net Debit (NC)",
    "Net Credit (NC)",
    "Commission (NC)",
    "Batch Number",
]


def journal() -> bytes:
    """Make a platform's journal of calls: two projects, three orders, payments, a contract."""
    lines: list[dict[str, Any]] = []

    def called(call: str, request: dict[str, Any], **answer: Any) -> None:
        line = {"call": call, "request": request, "order": answer.pop("order", None)}
        line = {name: value for name, value in line.items() if value is not None}
        minute = len(lines)
        lines.append(line | {"at": f"2026-03-02T10:{minute:02}:00+08:00"})
        answered = {"response": {"result_code": "OK", **answer}}
        lines.append(line | answered | {"at": f"2026-03-02T10:{minute + 1:02}:00+08:00"})

    project = {"project_id": "p1", "sku_name": "Mountains", "sku_type": "IMAGE", "quantity": 500}
    project |= {"author": "yun", "issuer_name": "moon", "biz_type": "", "files": []}
    called("create_nft_publish", project, task_id="t1")
    order = {"to_id_no": "2088001", "to_id_type": "ALIPAY_UID", "price_cent": 1990}
    called("apply_nft_transfer", order | {"sku_id": 9, "order_no": "o1"}, nft_id="n1", sku_id=9)
    called("run_nft_transfer", order | {"project_id": "p1", "order_no": "o2"}, nft_id="n2")
    free = order | {"sku_id": 9, "order_no": "o3", "price_cent": 0}
    called("exec_nft_transfer", free, nft_id="n3", sku_id=9)
    for status, number in (("PAID", "o1"), ("PAY_CANCEL", "o4")):
        sync = {"external_order_no": number, "external_order_status": status}
        paid = {"amount_cent": 1990, "pay_channel": "alipay", "external_order_no": number}
        called("sync_order_data", sync | {"open_user_id": "u1"}, order=paid)
        lines.pop(-2)  # only what was answered is told of payments
    chain = {"project_id": "c1", "asset_id": "7", "bizid": "b"}
    called("exec_contract_issue", chain | {"to_account": "a1", "trace_id": "x1"}, hash="h")
    called(
        "exec_contract_transfer", chain | {"from_": "a1", "to": "a2", "trace_id": "x2"}, hash="h"
    )
    called("exec_contract_writeoff", chain | {"trace_id": "x3"}, hash="h")
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def table(columns: list[str], *rows: dict[str, str]) -> bytes:
    """Make a CSV file; a column that a row does not name is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def orders() -> bytes:
    """Make a shop's export: sold, refunded, by a guest; and what is no sale of one piece."""
    row = {"Order Status": "Completed", "Order Date": "2026-03-01 10:00", "Order Currency": "CNY"}
    row |= {"Paid Date": "2026-03-01 10:01:10", "Customer User ID": "17", "Quantity": "1"}
    row |= {"Payment Method Title": "Alipay", "Item #": "1", "SKU": "MTN-7", "Item Cost": "19.90"}
    return table(
        SHOP_COLUMNS,
        row | {"Order Number": "1001"},
        row | {"Order Number": "1001", "Item #": "2", "SKU": "MTN-8", "Item Cost": "29.9"},
        row | {"Order Number": "1002", "Order Status": "Refunded", "Customer User ID": "0"},
        row | {"Order Number": "1003", "Order Status": "Pending payment", "Paid Date": ""},
        row | {"Order Number": "1004", "Quantity": "3"},
        row | {"Order Number": "1005", "Order Currency": "USD"},
        row | {"Order Number": "1006", "Payment Method Title": "Barter"},
    )


def settlement() -> bytes:
    """Make an acquirer's report: two payments, a refund, a chargeback, a fee and a payout."""
    row = {"Creation Date": "2026-03-01 10:01:20", "TimeZone": "CST", "Gross Currency": "CNY"}
    row |= {"Payment Method": "alipay", "Type": "Settled", "Gross Credit (GC)": "19.90"}
    back = row | {"Gross Credit (GC)": "", "Gross Debit (GC)": "19.90"}
    return table(
        PAID_COLUMNS,
        row | {"Psp Reference": "P1", "Merchant Reference": "1001"},
        row | {"Psp Reference": "P2", "Merchant Reference": "1002"},
        back
        | {"Psp Reference": "P2", "Merchant Reference": "1002", "Type": "Refunded"}
        | {"Modification Reference": "M1"},
        back
        | {"Psp Reference": "P1", "Merchant Reference": "1001", "Type": "Chargeback"}
        | {"Modification Reference": "M2"},
        {"Type": "Fee", "Creation Date": "2026-03-02 00:00:00", "Net Debit (NC)": "1.00"},
        {"Type": "MerchantPayout", "Creation Date": "2026-03-02 00:00:00"},
    )


SAMPLES = {
    "antchain": ("journal.ndjson", journal),
    "webshop": ("orders.csv", orders),
    "payments": ("settlement.csv", settlement),
}


def read(recipe: str, folder: Path) -> tuple[list[Event], list[tuple[int, str]]]:
    """Return the events of a recipe's sample, and line and code of each reject."""
    name, make = SAMPLES[recipe]
    (folder / name).write_bytes(make())
    items = list(read_events(folder / name, load_mapping(RECIPES / recipe / "mapping.yaml")))
    events = [item.event for item in items if isinstance(item, Received)]
    rejects = [(item.line, item.code) for item in items if not isinstance(item, Received)]
    return events, rejects


class TestChecked:
    """Each recipe goes through `vermilion check` as its page says."""

    @pytest.mark.parametrize("recipe", SAMPLES)
    def test_it_is_judged(self, recipe: str, tmp_path: Path) -> None:
        """Every row is judged or rejected, and what lacks a fact waits and never passes."""
        name, make = SAMPLES[recipe]
        (tmp_path / name).write_bytes(make())
        mapping = RECIPES / recipe / "mapping.yaml"
        result = run("check", tmp_path / name, "--mapping", mapping, "--json")
        found = json.loads(result.stdout)
        events, rejects = read(recipe, tmp_path)
        assert found["judged"] == len(events)
        assert found["rejected"] == len(rejects)
        assert found["verdicts"]["cn"]["review"] > 0
        assert "allow" not in found["verdicts"]["cn"]

    @pytest.mark.parametrize("recipe", SAMPLES)
    def test_what_its_page_states_is_no_longer_asked(self, recipe: str, tmp_path: Path) -> None:
        """The page's statements are read, and answer questions about everything that they name."""
        name, make = SAMPLES[recipe]
        (tmp_path / name).write_bytes(make())
        facts = b"".join(json.dumps(one).encode() + b"\n" for one in statements(recipe))
        (tmp_path / "facts.ndjson").write_bytes(facts)
        before = lacking(tmp_path / name, recipe, tmp_path / "without")
        run("check", tmp_path / "facts.ndjson", "--book", tmp_path / "with")
        after = lacking(tmp_path / name, recipe, tmp_path / "with")
        assert set(after) <= set(before)
        for fact in ("party.kind", "party.lists_hit", "platform.financing_offered"):
            assert after.get(fact, 0) < before[fact]

    @pytest.mark.parametrize("recipe", SAMPLES)
    def test_its_page_tells_of_it(self, recipe: str) -> None:
        """The page names the mapping, and the columns that it reads."""
        assert f"recipes/{recipe}/mapping.yaml" in PAGE
        for column in columns(recipe):
            assert f"`{column}`" in PAGE, column

    def test_each_recipe_is_tested(self) -> None:
        """No recipe lies here that nothing tries."""
        assert {path.parent.name for path in RECIPES.glob("*/mapping.yaml")} == set(SAMPLES)


def run(*arguments: object) -> Result:
    """Run a command that must succeed."""
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == 0, result.stderr
    return result


def lacking(sample: Path, recipe: str, book: Path) -> dict[str, int]:
    """Return how many things lack each fact that is asked for."""
    mapping = RECIPES / recipe / "mapping.yaml"
    result = run("check", sample, "--mapping", mapping, "--book", book, "--json")
    return {one["fact"]: one["entities"] for one in json.loads(result.stdout)["missing"]}


def statements(recipe: str) -> list[dict[str, Any]]:
    """Return the statements that the page has below a recipe's heading."""
    section = PAGE.partition(f"[recipes/{recipe}/mapping.yaml]")[2].partition("\n## ")[0]
    return [
        json.loads(one)
        for one in re.findall(r"^```json\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    ]


def columns(recipe: str) -> set[str]:
    """Return the columns that a mapping reads."""
    text = (RECIPES / recipe / "mapping.yaml").read_text(encoding="utf-8")
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.update(re.findall(r"{(.*?)}", str(value.get("template", ""))))
            found.update([value["column"]] if "column" in value else [])
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(yaml.safe_load(text)["emit"])
    return found


class TestAntChain:
    """Calls to the open interface."""

    def test_what_the_calls_say(self, tmp_path: Path) -> None:
        """Asked and made are two stages of one business; free of charge is no sale."""
        events, rejects = read("antchain", tmp_path)
        assert rejects == []
        stages = [(event_type_of(event), event.stage, event.subject) for event in events]
        assert stages == [
            ("issue", "proposed", "issue:p1"),
            ("issue", "settled", "issue:p1"),
            ("sale", "proposed", "order:o1"),
            ("sale", "settled", "order:o1"),
            ("sale", "proposed", "order:o2"),
            ("sale", "settled", "order:o2"),
            ("transfer", "proposed", "order:o3"),
            ("transfer", "settled", "order:o3"),
            ("payment", "settled", "payment:o1"),
            ("payment", "withdrawn", "payment:o4"),
            *(
                (("transfer", stage, f"chain:x{n}"))
                for n in "123"
                for stage in ("proposed", "settled")
            ),
        ]

    def test_facts(self, tmp_path: Path) -> None:
        """Edition, author, price in fen, token of the answer, and channel reach the events."""
        data = [event.data for event in read("antchain", tmp_path)[0]]
        issue, sale, gift, paid = data[1], data[3], data[7], data[8]
        assert isinstance(issue, Issue)
        assert issue.token.edition is not None
        assert issue.token.edition.size == 500
        assert issue.inline is not None
        assert (issue.inline.works[0].kind, issue.inline.works[0].author) == (
            "image",
            "antchain:author:yun",
        )
        assert isinstance(sale, Sale)
        assert sale.price is not None
        assert sale.price.minor_units == 1990
        assert sale.inline is not None
        assert sale.inline.tokens[0].collection == sale.token == "antchain:sku:9"
        assert isinstance(gift, Transfer)
        assert gift.kind == "airdrop"
        assert isinstance(paid, Payment)
        assert paid.settlement is not None
        assert (paid.sale, paid.settlement[0].channel) == ("order:o1", "alipay")

    def test_what_is_settled_agrees_with_its_permit(self, tmp_path: Path) -> None:
        """Between asking and doing no fact changes, so that no settlement is a bypass for its terms."""
        events = read("antchain", tmp_path)[0]
        asked = {event.subject: event.data for event in events if event.stage == "proposed"}
        for event in events:
            if event.stage == "settled" and event.subject in asked:
                before, after = asked[event.subject], event.data
                for field in ("token", "price", "parties", "kind", "platform"):
                    assert getattr(before, field, None) == getattr(after, field, None)

    def test_its_columns_are_the_interfaces(self) -> None:
        """Every field that the mapping reads is one of each call that it is read for."""
        if not FIELDS.exists():
            pytest.skip(f"the interface's field list is not at {FIELDS}")
        packages = json.loads(FIELDS.read_text(encoding="utf-8"))
        fields: dict[str, dict[str, set[str]]] = {}
        for package in ("nftc", "nftx", "baasdigital"):
            for call in packages[package]["calls"]:
                models, name = packages[package]["models"], call["request"]
                fields.setdefault(call["call"], {}).update(
                    request=set(models[name]),
                    response=set(models[name.removesuffix("Request") + "Response"]),
                )
        emit = yaml.safe_load((RECIPES / "antchain" / "mapping.yaml").read_text("utf-8"))["emit"]
        read_somewhere = set()
        for entry in emit:
            calls = next(one["in"] for one in entry["when"] if one["column"] == "call")
            named = set(re.findall(r"\b(request|response|order)\.(\w+)", json.dumps(entry)))
            for call in calls:
                for part, field in named:
                    of = "pay_order_data" if part == "order" else call
                    part = "request" if part == "order" else part  # noqa: PLW2901
                    known = fields[of][part]
                    optional = call == "import_nft_create" and field == "issuer_name"
                    assert field in known or optional, (call, part, field)
                    read_somewhere.add(field)
        assert len(read_somewhere) > 15

    def test_the_sample_has_the_interfaces_fields(self) -> None:
        """The made-up journal holds nothing that the interface does not have."""
        if not FIELDS.exists():
            pytest.skip(f"the interface's field list is not at {FIELDS}")
        packages = json.loads(FIELDS.read_text(encoding="utf-8"))
        models = packages["nftx"]["models"] | packages["baasdigital"]["models"]
        requests = {
            call["call"]: call["request"]
            for package in ("baasdigital", "nftx")
            for call in packages[package]["calls"]
        }
        for line in journal().splitlines():
            one = json.loads(line)
            name = requests[one["call"]]
            assert set(one["request"]) <= set(models[name])
            answer = models[name.removesuffix("Request") + "Response"]
            assert set(one.get("response", {})) <= set(answer)


class TestWebShop:
    """A shop's orders."""

    def test_rows(self, tmp_path: Path) -> None:
        """Each item is a sale; refunds take theirs back; the rest is told as rejects."""
        events, rejects = read("webshop", tmp_path)
        assert [(event.stage, event.subject) for event in events] == [
            ("settled", "1001-1"),
            ("settled", "1001-2"),
            ("settled", "1002-1"),
            ("withdrawn", "1002-1"),
        ]
        assert rejects == [
            (5, "unmapped"),
            (6, "unmapped"),
            (7, "unmapped"),
            (8, "unknown_value"),
        ]

    def test_facts(self, tmp_path: Path) -> None:
        """Prices are exact, times are the shop's, and a guest is unknown."""
        first, second, guest, _ = read("webshop", tmp_path)[0]
        assert first.time.isoformat() == "2026-03-01T02:01:10+00:00"
        assert isinstance(second.data, Sale)
        assert second.data.price is not None
        assert second.data.price.minor_units == 2990
        assert isinstance(guest.data, Sale)
        assert guest.data.parties is not None
        assert guest.data.parties.buyer is None


class TestPayments:
    """An acquirer's report."""

    def test_rows(self, tmp_path: Path) -> None:
        """Payments in and out are events; fees and payouts are told as rejects."""
        events, rejects = read("payments", tmp_path)
        assert [event.subject for event in events] == ["P1", "P2", "M1", "M2"]
        assert rejects == [(6, "unmapped"), (7, "unmapped")]

    def test_facts(self, tmp_path: Path) -> None:
        """The order's number ties a payment to its sale; money back is paid by the shop."""
        paid, _, refund, _ = (event.data for event in read("payments", tmp_path)[0])
        assert isinstance(paid, Payment)
        assert isinstance(refund, Payment)
        assert paid.sale == "1001"
        assert paid.parties is not None
        assert paid.parties.payee == "shop:party:self"
        assert refund.parties is not None
        assert refund.parties.payer == "shop:party:self"
        assert refund.settlement is not None
        assert refund.settlement[0].amount is not None
        assert refund.settlement[0].amount.minor_units == 1990
