"""Summaries to draw pages from: empty, one event, a rich market of four years, a hostile one."""

from __future__ import annotations

import datetime as dt
import random

import msgspec

from vermilion.desk.summary import (
    CitationLine,
    Example,
    MissingLine,
    RejectLine,
    RulebookLine,
    RuleLine,
    Step,
    Summary,
    WindowLine,
)
from vermilion.rulebook import Words

MARKUP = "</script></style></title><img src=x onerror=alert(1)>"
REVERSED = "safe\u202etxt.exe\x1b[31m\x00"
DIGEST = "9f2c41d0b7e8a6553c1e0f4d2b9a8877665544332211ffeeddccbbaa99887766"

CLAUSES = [
    (
        "CN-INIT-2022",
        Words(
            "关于防范NFT相关金融风险的倡议", "Initiative on preventing NFT-related financial risks"
        ),
        "二、(四)",
        "不以比特币、以太币、泰达币等虚拟货币作为NFT发行交易的计价和结算工具。",
        ("V", "B", "membership"),
        Words("三家协会的会员单位", "member units of the three associations"),
        ("2022-04-13", None),
    ),
    (
        "CN-PRICE-MARK-2022",
        Words("明码标价和禁止价格欺诈规定", "Provisions on clear price marking and price fraud"),
        "第九条",
        "标示价格应当使用阿拉伯数字标明人民币金额。",
        ("R", "A", "law"),
        Words("境内经营者", "operators in the territory"),
        ("2022-07-01", None),
    ),
    (
        "CN-924-2021",
        Words(
            "关于进一步防范和处置虚拟货币交易炒作风险的通知", "Notice on virtual-currency trading"
        ),
        "一、(一)",
        None,
        ("N", "C", "guidance"),
        Words("金融机构和非银行支付机构", "financial and payment institutions"),
        ("2021-09-24", "2026-02-06"),
    ),
]

TITLES = [
    Words("以虚拟货币计价", "Priced in a virtual currency"),
    Words("底层商品包含金融资产", "Financial assets inside the underlying goods"),
    Words("拆分所有权削弱非同质化特征", "Ownership split so that tokens become interchangeable"),
    Words("买卖双方未完成实名认证", "Seller or buyer without a verified identity"),
    Words("作品授权链不完整或已到期", "Licence chain of the work broken or expired"),
    Words("未成年人购买未经监护人同意", "Minor buys without a guardian’s consent"),
    Words("会员机构直接或间接投资", "Member institution invests, directly or through others"),
    Words("平台提供集中竞价或电子撮合", "Platform offers central bidding or electronic matching"),
    Words("文物原始数据限量发售", "Raw relic data sold as a limited edition"),
]

QUESTIONS = [
    (
        "work.licence_chain",
        3,
        1204,
        903,
        ["sanxing:work:bronze-mask-07", "sanxing:work:jade-cong-02"],
    ),
    ("party.kyc.status", 118, 940, 611, ["sanxing:user:00172", "sanxing:user:00480"]),
    ("platform.chain.filing_number", 1, 402, 120, ["sanxing:platform:main"]),
    ("sale.parties.buyer", 37, 37, 30, ["sale-20240611-000193"]),
    (
        "token.edition.size",
        12,
        96,
        4,
        ["eip155:1/erc721:0x06012c8cf97bead5deae237070f9587f8e7a266d/88"],
    ),
    ("sale.settlement.funding", 55, 55, 0, ["sale-20250102-000044"]),
]

PLAN = [
    Step(source="platform", facts=["platform.chain.filing_number"], things=1, events=402, frees=0,
         freed=0),
    Step(source="collection", facts=["token.edition.size", "work.licence_chain"], things=15,
         events=1300, frees=1104, freed=1226),
    Step(source="party", facts=["party.kyc.status"], things=118, events=940, frees=611, freed=1990),
    Step(source="export", facts=["event.history", "sale.parties.buyer", "sale.settlement.funding"],
         things=92, events=92, frees=30, freed=2071),
]  # fmt: skip
"""The questions, gathered by who can answer them."""

WINDOWS = {
    "sold_days": WindowLine(
        title=Words("上一次卖出至今的交易日数", "trading days since the last sale"),
        function="trading_days",
    ),
    "held": WindowLine(title=Words("持有时长", "time held"), function="held_for"),
    "marked": WindowLine(
        title=Words("标价（分）", "marked price (fen)"), function="last", currency="CNY"
    ),
    "bought": WindowLine(title=Words("购买次数", "purchases"), function="count"),
}


def empty() -> Summary:
    """Return a run over a file without a line."""
    return Summary(
        files=["nothing.ndjson"],
        operator="三星堆数藏",
        roles=["platform"],
        memberships=[],
        territory="CN",
        as_of=None,
        sealed=True,
        book=None,
        started_at="2026-03-02T09:00:00Z",
        seconds=0.0,
        read=0,
        judged=0,
        duplicate=0,
        rejected=0,
        rulebooks=[],
        rules=[],
        missing=[],
        rejects_by_code={},
        rejects=[],
        size=0,
        root=None,
    )


def one_event() -> Summary:
    """Return a run over one event that every rule allows."""
    book = RulebookLine(
        id="cn",
        title=Words("中国：数字藏品合规规则", "China: rules for digital collectibles"),
        digest=DIGEST,
        verdicts={"allow": 1},
        by_day=[("2026-03-01", {"allow": 1})],
        windows=WINDOWS,
    )
    return msgspec.structs.replace(
        empty(),
        read=1,
        judged=1,
        seconds=0.001,
        rulebooks=[book],
        rules=[rule(0, passed=1), rule(1)],
        size=2,
        root=DIGEST,
        book="books/san xing",
    )


def rule(number: int, *, hit: int = 0, missing: int = 0, passed: int = 0) -> RuleLine:
    """Return one rule's line; even numbers deny, odd ones ask for a review."""
    title = TITLES[number % len(TITLES)]
    return RuleLine(
        id=f"CN-N{number % 7}-{number:02d}",
        version=1 + number % 3,
        rulebook="cn",
        title=title,
        verdict=("deny", "review", "deny", "review", "condition")[number % 5],
        reason=Words(
            "价格以境内不认可的虚拟货币标示，不得作为发行和交易的计价工具。",
            "The price is stated in a virtual currency, which may not be used to price or settle an issue or sale.",
        ),
        remedy=Words(
            "改以人民币标价，并经持牌渠道结算。",
            "State the price in yuan and settle through a licensed channel.",
        ),
        question=Words("成交以何种货币结算？", "In which currency was the sale settled?")
        if missing
        else None,
        open_question=Words(
            "条文中的“等”字是否涵盖积分，尚无定论。",
            "Whether points fall under “and the like” is unsettled.",
        )
        if number % 4 == 1
        else None,
        passed=passed,
        hit=hit,
        missing=missing,
        citations=[citation(i) for i in range(number % 3 + 1)],
        examples=[
            example(number, i, "hit" if i < hit else "missing")
            for i in range(min(hit + missing, 5))
        ],
    )


def citation(number: int) -> CitationLine:
    """Return one of three clauses: a member's duty, a law, guidance that is no longer in force."""
    instrument, title, pinpoint, quote, (binding, tier, binds), addressees, dates = CLAUSES[number]
    return CitationLine(
        instrument=instrument,
        title=title,
        pinpoint=pinpoint,
        quote=quote,
        essence=None if quote else Words("本条的要旨", "what the clause says in substance"),
        binding=binding,
        tier=tier,
        status="verified" if number == 1 else "draft",
        binds=binds,
        addressees=addressees,
        in_force_from=dates[0],
        in_force_to=dates[1],
    )


def example(number: int, place: int, outcome: str) -> Example:
    """Return one sale that a rule hit or could not decide."""
    return Example(
        source="https://sanxing.example/exports/2024",
        id=f"sale-20240{place + 1}11-{number:06d}",
        type="sale",
        subject=f"sanxing:order:{number:04d}-{place}",
        time=f"2024-0{place + 1}-11T08:30:00Z",
        outcome=outcome,
        facts={
            "price": {"amount": 19900, "currency": "CNY"},
            "buyer.kyc.status": "pending",
            "token.underlying": ["artwork", "precious_metal"],
            "platform.chain.permission": None,
            "windows.marked": 19900,
            "windows.sold_days": 1_000_000_000,
        },
        missing=["token.edition.size"] if outcome == "missing" else [],
    )


def rich(days: int = 1461) -> Summary:
    """Return a market of many days with 25 rules, missing facts and rejects."""
    chance = random.Random(7)
    first = dt.date(2022, 3, 1)
    by_day = []
    for offset in range(days):
        size = int(40 + 30 * (offset / max(days, 1)) + chance.randint(0, 25))
        stops = chance.choice([0] * 12 + [1, 2, 6])
        reviews, conditions = chance.randint(0, 9), chance.randint(0, 3)
        rest = max(0, size - stops - reviews - conditions)
        day = (first + dt.timedelta(days=offset)).isoformat()
        counts = {
            "deny": stops,
            "review": reviews,
            "condition": conditions,
            "allow": rest,
            "not_applicable": 5,
        }
        by_day.append((day, {verdict: n for verdict, n in counts.items() if n}))
    verdicts: dict[str, int] = {}
    for _, counts in by_day:
        for verdict, n in counts.items():
            verdicts[verdict] = verdicts.get(verdict, 0) + n
    judged = sum(verdicts.values())
    hits = [507, 88, 60, 412, 19, 31, 9, 7, 240, 3, 2, 1, 0, 0, 0, 0, 5, 0]
    rules = [
        rule(i, hit=n, missing=(1204, 0, 36, 940, 402, 0)[i % 6], passed=judged // (i + 2))
        for i, n in enumerate(hits)
    ]
    rules += [rule(i, passed=judged // i if i % 2 else 0) for i in range(18, 25)]
    return msgspec.structs.replace(
        one_event(),
        operator="三星堆数字文创(成都)有限公司",
        roles=["platform", "issuer"],
        memberships=["NIFA"],
        files=["exports/2022.ndjson", "exports/2023.ndjson", "exports/2024-q1.csv.gz"],
        seconds=3.27,
        read=judged + 118 + 31,
        judged=judged,
        duplicate=118,
        rejected=31,
        rulebooks=[
            msgspec.structs.replace(one_event().rulebooks[0], verdicts=verdicts, by_day=by_day)
        ],
        rules=rules,
        missing=[
            MissingLine(
                fact=f,
                entities=n,
                events=e,
                frees=r,
                examples=x,
                rules=["CN-N0-00", "CN-N3-03", "CN-N9-99"],
            )
            for f, n, e, r, x in QUESTIONS
        ],
        plan=PLAN,
        waiting=2071,
        rejects_by_code={"time_unreadable": 24, "id_conflict": 7},
        rejects=[
            RejectLine(
                file="exports/2024-q1.csv.gz",
                line=17 + i,
                field="data.price.amount" if i else None,
                code="time_unreadable",
                reason="`11/06/24` is not a time with an offset",
                remedy="write it as `2024-06-11T08:00:00+08:00`",
            )
            for i in range(3)
        ],
        size=judged + 1,
    )


def hostile() -> Summary:
    """Return a run in which every text that comes from outside tries to break the page."""
    base = rich(40)
    bad = f"{MARKUP}{REVERSED}\"'&{{{{7*7}}}}[red]x[/red]"
    words = Words(f"坏{bad}", f"bad {bad}")
    window = WindowLine(title=words, function=bad, currency=bad)
    step = Step(source=bad, facts=[bad], things=1, events=1, frees=1, freed=1)
    cited = msgspec.structs.replace(
        citation(0), instrument=bad, title=words, pinpoint=bad, quote=f"{bad}\n{bad}", essence=words, binding=bad,
        tier=bad, status=bad, binds=bad, addressees=words, in_force_from=bad, in_force_to=bad,
    )  # fmt: skip
    event = msgspec.structs.replace(
        example(0, 0, "missing"), source=bad * 4, id=bad * 9, type=bad, subject=bad, time=bad, outcome=bad,
        facts={bad: bad, "windows.w": 7, "price": [bad, {bad: bad}], "amount": {"amount": bad, "currency": bad}}, missing=[bad],
    )  # fmt: skip
    line = msgspec.structs.replace(
        rule(1, hit=3, missing=2), id=bad, rulebook=bad, title=words, verdict=bad, reason=words, remedy=words,
        question=words, open_question=words, citations=[cited], examples=[event],
    )  # fmt: skip
    return msgspec.structs.replace(
        base,
        operator=bad,
        roles=[bad],
        memberships=[bad],
        territory=bad,
        files=[bad],
        as_of=bad,
        sealed=False,
        book=bad,
        started_at=bad,
        root=bad,
        rulebooks=[
            msgspec.structs.replace(
                base.rulebooks[0], id=bad, title=words, digest=bad, windows={"w": window}
            )
        ]
        * 2,
        plan=[step],
        waiting=1,
        rules=[line, msgspec.structs.replace(line, hit=0, missing=0, passed=4)],
        missing=[MissingLine(fact=bad, entities=1, events=1, frees=1, examples=[bad], rules=[bad])],
        rejects_by_code={bad: 31},
        rejects=[RejectLine(file=bad, line=1, field=bad, code=bad, reason=bad, remedy=bad)],
    )
