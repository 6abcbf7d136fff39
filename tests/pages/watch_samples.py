"""Made-up watch reports: a market of some months with every kind of finding, as large as asked for."""

from __future__ import annotations

import datetime as dt
import hashlib
import random

from vermilion.market.findings import Finding, FindingRow, Subject, Text
from vermilion.market.report import (
    BandLine,
    Clause,
    Counts,
    DetectorLine,
    Input,
    Mark,
    ParameterLine,
    Point,
    QualityLine,
    Series,
    WatchReport,
)

ETH = 10**18
BEGIN = 1_612_137_600_000
"""2021-02-01 in epoch milliseconds."""

DETECTORS = {
    "round_trip": ("往返交易", "Round trip", "wash_trade"),
    "ring": ("环形转手", "Ring", "wash_trade"),
    "self_trade": ("自买自卖", "Self-trade", "wash_trade"),
    "common_funder": ("共同资金来源", "Common funder", "related_party_trade"),
    "price_surge": ("价格急涨", "Price surge", "price_surge"),
    "round_sizes": ("整数价格", "Round sizes", "inflated_sales"),
}


def address(number: int) -> str:
    """Return a made-up account."""
    return f"eip155:1:0x{hashlib.sha256(str(number).encode()).hexdigest()[:40]}"


def digest(text: str) -> str:
    """Return a made-up digest."""
    return hashlib.sha256(text.encode()).hexdigest()


def finding(
    number: int, detector: str = "round_trip", *, parties: int = 2, legs: int = 4
) -> Finding:
    """Return a finding whose token goes round among some parties."""
    draw = random.Random(number)
    people = [address(draw.randrange(10**6)) for _ in range(parties)]
    token = f"eip155:1/erc721:0xb47e3cd837ddf8e4c57f05d70ab865de6e193bbb/{draw.randrange(10_000)}"
    ms, rows = BEGIN + draw.randrange(60 * 86_400_000), []
    for leg in range(legs):
        free = draw.random() < 0.25
        rows.append(
            FindingRow(
                source="eth",
                id=f"0x{digest(f'{number}-{leg}')}:{draw.randrange(300)}",
                role="free" if free else "priced",
                ms=ms,
                kind="transfer" if free else "sale",
                token=token,
                sender=people[leg % parties],
                recipient=people[(leg + 1) % parties],
                price=None if free else draw.randrange(1, 5_000) * ETH // 1_000 + draw.randrange(9),
                currency=None if free else "ETH",
            )
        )
        ms += draw.randrange(60_000, 6 * 86_400_000)
    score = draw.randrange(20, 100)
    title = DETECTORS[detector]
    paid = sum(one.price or 0 for one in rows)
    return Finding(
        id=digest(f"finding {number}"),
        detector=detector,
        version=1,
        level="entity" if number % 7 == 3 else "party",
        pattern=title[2],
        indirect=detector == "round_sizes",
        subject=Subject(
            collection=token.rpartition("/")[0],
            token=None if detector in {"price_surge", "round_sizes"} else token,
            party=people[0],
            other=people[1] if parties > 1 else None,
        ),
        episode_ms=rows[0].ms,
        first_ms=rows[0].ms,
        last_ms=rows[-1].ms,
        moves=legs if number % 50 else legs + 400,
        sales=sum(one.kind == "sale" for one in rows),
        parties=people[:20],
        party_count=parties,
        volume={"ETH": paid} if paid else {},
        figures={"loops": legs - parties + 1, "shortest_ms": 86_400_000},
        score=score,
        parts={"loops": score // 2, "age": score // 3, "price": score - score // 2 - score // 3},
        sentence=Text(
            zh=f"藏品 {token.rpartition('/')[2]} 回到原主 {legs - parties + 1} 次。",
            en=f"Token {token.rpartition('/')[2]} came back {legs - parties + 1} times.",
        ),
        rows=rows,
    )


def series(collection: str, days: int = 90, *, scale: int = 1, seed: int = 3) -> Series:
    """Return prices that surge in the middle, with bands and marks."""
    draw = random.Random(seed)
    first, points = dt.date(2021, 2, 1), []
    for day in range(days):
        if draw.random() < 0.08:
            continue
        factor = 1 + 60 / (1 + (day - days / 2) ** 2 / 40)
        median = int(ETH // 1_000 * 40 * factor * draw.uniform(0.85, 1.15)) * scale
        sales = draw.randrange(3, 120)
        dirty = draw.randrange(0, sales // 2 + 1)
        points.append(
            Point(
                day=(first + dt.timedelta(days=day)).isoformat(),
                sales=sales,
                volume=median * sales,
                low=median // 3,
                median=median,
                high=median * 4,
                clean_sales=sales - dirty,
                clean_volume=median * (sales - dirty) * 8 // 10,
                clean_low=median // 3,
                clean_median=median * 8 // 10,
                clean_high=median * 2,
            )
        )
    bands = [
        BandLine(one.day, one.day, one.median // 2, one.median * 2)
        for one in points
        if one.sales > 9
    ]
    middle = points[len(points) // 2].day if points else ""
    marks = (
        []
        if len(points) < 9
        else [
            Mark("surge", middle, Text("急涨三倍", "Prices tripled"), digest("finding 1")),
            Mark("awakening", points[8].day, Text("沉寂后苏醒", "Awoke after a year")),
            Mark("run_up", points[4].day, Text("地板价连续抬升", "The floor ran up")),
        ]
    )
    return Series(collection=collection, currency="ETH", points=points, bands=bands, marks=marks)


def report(findings: int = 40, collections: int = 5, *, total: int | None = None) -> WatchReport:
    """Return a report with so many findings of each shape, and `total` of them in all."""
    names = list(DETECTORS)
    made = []
    for number in range(findings):
        detector = names[number % 6] if number % 11 else "ring"
        shape = (1, 1) if detector == "self_trade" else (2 + number % 7, 3 + number % 12)
        made.append(finding(number, detector, parties=shape[0], legs=shape[1]))
    made.sort(key=lambda one: (-one.score, one.id))
    per = {name: sum(one.detector == name for one in made) for name in names}
    return WatchReport(
        started_at="2026-11-23T08:00:00Z",
        seconds=12.4,
        engine="duckdb",
        inputs=[Input("punks.parquet", 212_000), Input("mooncats.parquet", 90_412, 3)],
        counts=Counts(
            trades=212_384, transfers=90_028, mints=10_000, collections=collections, tokens=35_000,
            parties=21_204,
        ),
        first_ms=BEGIN,
        last_ms=BEGIN + 90 * 86_400_000,
        quality=[
            QualityLine("duplicates", 12, ["eth 0xabc:1", "eth 0xabd:7"]),
            QualityLine("broken_chains", 3, ["eth 0xdef:2"]),
            QualityLine("missing_prices", 41),
        ],
        detectors=[
            DetectorLine(
                name=name,
                version=1,
                stage="price" if name == "price_surge" else "wash",
                indirect=name == "round_sizes",
                title=Text(zh, en),
                definition=Text(
                    "同一参与方卖出藏品后又取得同一藏品，其间至少一次有价款。",
                    "A party acquires a token again that it had before, with a price on at least one leg.",
                ),
                source="von Wachter et al. 2022, arXiv 2202.03866",
                false_positives=[Text("收藏者多年后买回", "A collector who buys back after years")],
                parameters=[
                    ParameterLine(
                        name="max_age_days", value=400, meaning=Text("最长相隔天数", "longest age in days")
                    )
                ],
                findings=per[name],
                flagged=per[name] * 3,
                volume={"ETH": per[name] * ETH},
                seconds=0.41,
            )
            for name, (zh, en, _) in DETECTORS.items()
        ],
        series=[
            series(f"eip155:1/erc721:0x{digest(str(n))[:40]}", 90 + 40 * n, seed=n)
            for n in range(collections)
        ],
        findings=made,
        all_findings=findings if total is None else total,
        flagged=3_210,
        volume={"ETH": 4_120 * ETH + 7},
        traded={"ETH": 90_233 * ETH + 1},
        clauses=[
            Clause(
                pattern="wash_trade", rulebook="cn", rule="CN-PR-03",
                title=Text("对敲、关联交易、虚增销量须人工审查", "wash trades are reviewed"),
                verdict="review",
                instrument=Text("反不正当竞争法（2019）", "Anti-Unfair Competition Law (2019)"),
                pinpoint="第八条第一款",
            )
        ],
        findings_file="findings.parquet",
        evidence_file="findings.rows.parquet",
    )  # fmt: skip
