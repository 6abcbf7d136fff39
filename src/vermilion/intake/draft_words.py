"""What a drafted mapping says in its comments, in Chinese and English."""

from __future__ import annotations

from typing import Literal

from vermilion.intake.headings import Part

Language = Literal["zh", "en"]

BY: dict[str, dict[Language, str]] = {
    "name": {"en": "by its name; sure", "zh": "依列名；确定"},
    "part": {"en": "by a part of its name; likely", "zh": "依列名的一部分；较有把握"},
    "values": {"en": "only by what it holds; unsure", "zh": "仅依其内容；没有把握"},
}

PARTS: dict[Part, dict[Language, str]] = {
    "buyer_verified": {"en": "the buyer's identity check", "zh": "买家的实名状态"},
    "seller_verified": {"en": "the seller's identity check", "zh": "卖家的实名状态"},
    "verified": {"en": "an identity check", "zh": "实名状态"},
    "birth_date": {"en": "the buyer's date of birth", "zh": "买家的出生日期"},
    "refunded": {"en": "when it was refunded or cancelled", "zh": "退款或取消的时间"},
    "paid": {"en": "when it was settled", "zh": "成交的时间"},
    "created": {"en": "when it was ordered", "zh": "下单的时间"},
    "status": {"en": "what became of the order", "zh": "订单的结果"},
    "currency": {"en": "the currency", "zh": "币种"},
    "channel": {"en": "through whom was paid", "zh": "支付渠道"},
    "method": {"en": "what was paid with", "zh": "支付方式"},
    "order": {"en": "the order number", "zh": "订单号"},
    "issuer": {"en": "who issued it", "zh": "发行方"},
    "collection": {"en": "the collection it belongs to", "zh": "所属系列"},
    "platform": {"en": "the platform", "zh": "平台"},
    "buyer": {"en": "who bought", "zh": "买家"},
    "seller": {"en": "who sold", "zh": "卖家"},
    "token": {"en": "what was sold", "zh": "所售藏品"},
    "price": {"en": "the price", "zh": "价格"},
}

SAY: dict[str, dict[Language, str]] = {
    "head": {
        "en": "Which events each row of {file} becomes; drafted from its heading and first {rows} rows.\n"
        "Read each comment and correct what is wrong; docs/mapping.md tells how.",
        "zh": "{file} 的每一行成为哪些事件；依表头与前 {rows} 行草拟。\n"
        "请逐条核对注释并改正；写法见 docs/mapping.md。",
    },
    "source": {
        "en": "Names who says so. With an event's id it is the event's identity: leave it as it is.",
        "zh": "数据的来源。与事件的 id 一起标识事件：定下后不要改动。",
    },
    "encoding": {
        "en": "The table is not UTF-8; GB18030 holds GBK and GB 2312.",
        "zh": "本表不是 UTF-8；GB18030 包含 GBK 与 GB 2312。",
    },
    "nulls": {"en": "Texts that mean: not known.", "zh": "表示“未知”的文字。"},
    "is": {"en": "{column}: {part}, {by}.", "zh": "{column}：{part}，{by}。"},
    "id": {
        "en": "An order that is refunded in a later export gives a further event, with an id of its own.",
        "zh": "订单若在以后的导出中退款，另成一事件，id 不同。",
    },
    "no_id": {
        "en": "Nothing is guessed for `id` and `subject`: no column has another value in each row.\n"
        "An id is made from the row; add `id: {{column: ...}}` if a column numbers the orders.",
        "zh": "未猜测 `id` 与 `subject`：没有逐行不同的列。\n"
        "id 由整行算出；若某列是订单编号，请加 `id: {{column: ...}}`。",
    },
    "zone_said": {
        "en": "Its times state no offset; they are read in the zone that you named.",
        "zh": "时间未带时差；按贵方指定的时区读取。",
    },
    "zone_taken": {
        "en": "Its times state no offset; they are read in the rulebook's zone. Correct it if they\n"
        "are in another one: it decides the legal date.",
        "zh": "时间未带时差；按规则集的时区读取。若不是该时区请改正：它决定法律上的日期。",
    },
    "major": {
        "en": "Amounts are in major units, such as 12.50: {why}.",
        "zh": "金额以元等主单位书写，如 12.50：{why}。",
    },
    "minor": {
        "en": "Amounts are in minor units, such as fen or cents: {why}.",
        "zh": "金额以分等最小单位书写：{why}。",
    },
    "why_heading": {"en": "the heading says so", "zh": "表头已注明"},
    "why_point": {"en": "some have decimals", "zh": "有小数"},
    "why_said": {"en": "you said so", "zh": "贵方已说明"},
    "currency_heading": {
        "en": "The currency is {code}, as the heading says.",
        "zh": "币种为 {code}，依表头。",
    },
    "currency_said": {
        "en": "The currency is {code}, as you said.",
        "zh": "币种为 {code}，依贵方说明。",
    },
    "no_amounts": {
        "en": "Nothing is guessed for `price`: {column} has whole numbers only, which may be major or\n"
        "minor units. Add one of:",
        "zh": "未猜测 `price`：{column} 全为整数，可能是元，也可能是分。请加入其一：",
    },
    "no_currency": {
        "en": "Nothing is guessed for `price`: no column and no heading names the currency of {column}.\n"
        "Add, with its currency:",
        "zh": "未猜测 `price`：没有列或表头注明 {column} 的币种。请按币种加入：",
    },
    "own_platform": {
        "en": "All rows are taken to be of your own platform; correct it if they are not.",
        "zh": "各行视为贵方自己平台的交易；若不是请改正。",
    },
    "instrument": {
        "en": "Each text has one plain meaning; a new one makes a reject until it is added here.",
        "zh": "所列文字含义明确；出现新的文字时该行被退回，直至在此补上。",
    },
    "no_instrument": {
        "en": "Nothing is guessed for `instrument`: {texts} may be one or another. Add it with `values`\n"
        "in a column of its own: bank_transfer, third_party_payment, e_cny, cash, points,\n"
        "virtual_currency.",
        "zh": "未猜测 `instrument`：{texts} 含义不定。请用单独一列以 `values` 写明：\n"
        "bank_transfer、third_party_payment、e_cny、cash、points、virtual_currency。",
    },
    "no_leg": {
        "en": "Nothing is guessed for `amount`: if what was paid this way is the price, add:",
        "zh": "未猜测 `amount`：若此渠道所付即为价款，请加入：",
    },
    "verified": {
        "en": "Stated for the moment of the sale: correct it if the export says how it stands today.",
        "zh": "视为成交时的状态：若导出的是当前状态请改正。",
    },
    "not_verified": {
        "en": "Nothing is guessed for {texts} in {column}: they count as unknown. Add them under\n"
        "`values` (verified, pending, failed, expired, none) and take them out of `nulls`.",
        "zh": "未猜测 {column} 中的 {texts}：视为未知。请在 `values` 中写明\n"
        "（verified、pending、failed、expired、none），并从 `nulls` 中去掉。",
    },
    "whose": {
        "en": "Nothing is guessed for {column}: an identity check, but the heading does not say whose.\n"
        "Add it under `inline` if it is the buyer's or seller's, with `--verified-of`.",
        "zh": "未猜测 {column}：实名状态，但表头未说明是谁的。若属买家或卖家，请用 `--verified-of` 说明。",
    },
    "no_one": {
        "en": "Nothing is guessed for {column}: no column says who that party is.",
        "zh": "未猜测 {column}：没有列说明该方是谁。",
    },
    "status_known": {
        "en": "{column}, {by}: {texts} are taken as {outcome}.",
        "zh": "{column}，{by}：{texts} 视为{outcome}。",
    },
    "status_unknown": {
        "en": "Nothing is guessed for {texts} in {column}: such rows become rejects (`unmapped`). Add\n"
        "them to the `when` of an entry.",
        "zh": "未猜测 {column} 中的 {texts}：这些行将被退回（`unmapped`）。请加入某一条的 `when`。",
    },
    "status_waiting": {
        "en": "Nothing is made of {texts} in {column}: such orders have not settled, and their rows\n"
        "become rejects (`unmapped`). As proposals (`stage: proposed`) they would be judged, but\n"
        "then every sale of this source needs a permit.",
        "zh": "{column} 为 {texts} 的订单尚未成交，这些行将被退回（`unmapped`）。\n"
        "若作为提请（`stage: proposed`）则予裁定，但此后该来源的每笔成交都须有许可。",
    },
    "status_codes": {
        "en": "Nothing is guessed for {column}: what {texts} mean is not known, so every row is taken\n"
        "as settled. If some are not, add for example:",
        "zh": "未猜测 {column}：不知 {texts} 的含义，故各行均视为已成交。若有不是的，请加入，例如：",
    },
    "no_status": {
        "en": "No column says what became of an order; every row is taken as settled.",
        "zh": "没有列说明订单的结果；各行均视为已成交。",
    },
    "wallets": {
        "en": "These are wallets: if of a public chain, write CAIP-10, such as eip155:1:{{{name}}}.",
        "zh": "这些是钱包地址：若属公链，请写成 CAIP-10，如 eip155:1:{{{name}}}。",
    },
    "left": {"en": "Columns that are not mapped:", "zh": "未映射的列："},
    "left_personal": {
        "en": "{column}: identifies a person; ids stand in clear, so it stays out.",
        "zh": "{column}：可识别个人；id 以明文保存，故不采用。",
    },
    "left_other": {
        "en": "{column}: another column was taken for {part}; correct it if this is the one.",
        "zh": "{column}：{part}已采用另一列；若应为此列请改正。",
    },
    "left_time": {
        "en": "{column}: {part}; another time is the event's.",
        "zh": "{column}：{part}；事件采用另一列的时间。",
    },
    "left_misfit": {
        "en": "{column}: by its name {part}, but what it holds is not: {need}.",
        "zh": "{column}：依列名应为{part}，但内容不符：{need}。",
    },
    "left_unknown": {
        "en": "{column}: no fact is called so{hint}; docs/reference/facts.md lists them all.",
        "zh": "{column}：没有同名的事实{hint}；全部见 docs/reference/facts.md。",
    },
    "hint_time": {"en": "; it holds times", "zh": "；内容为时间"},
    "hint_amount": {"en": "; it holds numbers", "zh": "；内容为数字"},
    "hint_answer": {
        "en": "; it could be `risk_notice_acknowledged` or `automated`",
        "zh": "；可能是 `risk_notice_acknowledged` 或 `automated`",
    },
    "hint_text": {
        "en": "; it could be `mode`, `offer` or `work`",
        "zh": "；可能是 `mode`、`offer` 或 `work`",
    },
    "need_time": {
        "en": "times are written 2024-05-01 10:00:00",
        "zh": "时间须写作 2024-05-01 10:00:00",
    },
    "need_amount": {
        "en": "amounts are plain digits with at most one point",
        "zh": "金额须为数字，至多一个小数点",
    },
    "need_other": {"en": "it is blank or of too many kinds", "zh": "为空或种类过多"},
    "lacking": {
        "en": "Nothing is guessed for {part}: no column is called so. Add it if the export can have it.",
        "zh": "未猜测{part}：没有这样的列。若能导出请加入。",
    },
    "and": {"en": ", ", "zh": "、"},
    "settled": {"en": "settled", "zh": "已成交"},
    "proposed": {"en": "proposed", "zh": "拟交易"},
    "withdrawn": {"en": "withdrawn", "zh": "已撤回"},
    "refunded": {"en": "settled, and withdrawn afterwards", "zh": "先成交后撤回"},
}
