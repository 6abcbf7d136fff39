"""Sale exports as platforms make them, in several forms."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

ENGLISH = [
    "order_no",
    "created_at",
    "paid_at",
    "buyer_id",
    "seller_id",
    "token_id",
    "collection",
    "price",
    "currency",
    "payment_channel",
    "status",
    "buyer_verified",
]
CHINESE = [
    "订单号",
    "下单时间",
    "支付时间",
    "买家ID",
    "卖家ID",
    "藏品编号",
    "系列",
    "金额(元)",
    "币种",
    "支付渠道",
    "订单状态",
    "买家实名",
]
WORDS = {
    "completed": "已完成",
    "pending": "待支付",
    "refunded": "已退款",
    "alipay": "支付宝",
    "wechat": "微信支付",
    "verified": "已实名",
    "unverified": "未实名",
}
CODES = {"completed": "20", "pending": "10", "refunded": "40"}
STATUSES = ("completed", "completed", "pending", "refunded")


def rows(count: int = 40) -> list[list[str]]:
    """Return rows under `ENGLISH`: of four, two completed, one pending and one refunded."""
    found = []
    for n in range(count):
        status = STATUSES[n % 4]
        created = f"2026-03-{1 + n % 28:02} 10:{n % 60:02}:00"
        paid = "" if status == "pending" else created.replace("10:", "11:", 1)
        parties = [f"u{n % 7}", f"s{n % 3}"]
        check = "unverified" if n % 10 == 9 else "verified"
        channel = ("alipay", "wechat")[n % 2]
        price = f"{n + 1}.5{n % 10}"
        goods = [f"T-{n}", f"C{n % 2}", price, "CNY"]
        found.append([f"A-{n}", created, paid, *parties, *goods, channel, status, check])
    return found


def translated(table: Sequence[Sequence[str]], words: dict[str, str]) -> list[list[str]]:
    """Return rows with some of their texts in other words."""
    return [[words.get(text, text) for text in row] for row in table]


def write(
    path: Path,
    heading: Sequence[str],
    table: Sequence[Sequence[str]],
    *,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> Path:
    """Write a table and return its path."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows([heading, *table])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def with_column(
    name: str, texts: Sequence[str], *, without: Sequence[str] = ()
) -> tuple[list[str], list[list[str]]]:
    """Return the English table with one more column, and without some."""
    kept = [n for n, heading in enumerate(ENGLISH) if heading not in without]
    heading = [*(ENGLISH[n] for n in kept), name]
    table = [[*(row[n] for n in kept), texts[at % len(texts)]] for at, row in enumerate(rows())]
    return heading, table
