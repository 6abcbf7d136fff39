"""What the columns of a platform's sale export are called, and what their texts mean.

Chinese and English names are compared after `normalised`. Only texts with one plain meaning are
listed; what is not here stays unknown until a person says what it means.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from vermilion.facts.money import CURRENCIES

Part = Literal[
    "buyer_verified",
    "seller_verified",
    "verified",
    "birth_date",
    "refunded",
    "paid",
    "created",
    "status",
    "currency",
    "channel",
    "method",
    "order",
    "issuer",
    "collection",
    "platform",
    "buyer",
    "seller",
    "token",
    "price",
]
"""What a column can be in a sale: an order number, the price, who bought and so on."""

Outcome = Literal["settled", "proposed", "withdrawn", "refunded"]
"""What became of an order; a refunded one was settled first, and withdrawn afterwards."""

_NAMES: dict[Part, str] = {
    "buyer_verified": "buyer_verified buyer_kyc buyer_kyc_status 买家实名 买家实名状态 买家实名认证",
    "seller_verified": "seller_verified seller_kyc seller_kyc_status 卖家实名 卖家实名状态 卖家实名认证",
    "birth_date": "buyer_birth_date buyer_birthday birth_date birthday 出生日期 买家出生日期",
    "refunded": "refunded_at refund_time 退款时间 取消时间 cancelled_at canceled_at",
    "paid": "paid_at pay_time payment_time completed_at settled_at sold_at 支付时间 付款时间 成交时间 "
    "完成时间 交易时间",
    "created": "created_at create_time created order_time ordered_at order_date time timestamp "
    "下单时间 创建时间 订单时间 时间",
    "status": "status state order_status 状态 订单状态 交易状态",
    "currency": "currency currency_code ccy 币种 货币 结算币种",
    "channel": "payment_channel pay_channel channel payment_provider 支付渠道 支付通道 渠道",
    "method": "payment_method pay_method pay_type payment_type 支付方式 付款方式",
    "order": "order_no order_id order_number order_sn order trade_no trade_id transaction_id sale_id "
    "订单号 订单编号 订单id 交易号 交易编号 交易单号",
    "issuer": "issuer issuer_id publisher 发行方 发行人 发行方编号 发行商",
    "collection": "collection collection_id series series_id 系列 系列编号 藏品系列 合集 合集编号",
    "platform": "platform platform_id marketplace 平台 平台编号 交易平台",
    "buyer": "buyer buyer_id buyer_uid purchaser 买家 买方 买家id 买家编号 买方编号 买家账号 购买人",
    "seller": "seller seller_id seller_uid 卖家 卖方 卖家id 卖家编号 卖方编号 卖家账号 出让方",
    "token": "token token_id nft_id item item_id collectible_id 藏品编号 藏品id 藏品 数字藏品编号 "
    "作品编号 商品编号",
    "price": "price sale_price deal_price amount paid_amount order_amount total total_amount 金额 价格 "
    "成交价 成交金额 实付金额 支付金额 订单金额 交易金额 售价",
}

_HOLDS: dict[Part, str] = {
    "buyer_verified": r"(buyer|purchaser|买家|买方|购买).*(verif|kyc|real_?name|实名)",
    "seller_verified": r"(seller|卖家|卖方).*(verif|kyc|real_?name|实名)",
    "verified": r"kyc|real_?name_(verif|auth|status)|(^|_)verified|实名",
    "birth_date": r"birth|出生|生日",
    "refunded": r"(refund|cancel).*(time|_at|date)|(退款|取消).*(时间|日期)",
    "paid": r"(paid|pay|payment|settle|complete|finish|deal|trade|sold).*(time|_at|date)"
    r"|(支付|付款|成交|完成|交易).*(时间|日期)",
    "created": r"(create|order|place|submit).*(time|_at|date)|(下单|创建|订单|生成).*(时间|日期)",
    "status": r"status|状态",
    "currency": r"currency|币种|货币",
    "channel": r"pay.*(channel|provider|gateway)|支付渠道|支付机构|支付通道",
    "method": r"pay.*(method|type)|(支付|付款)方式",
    "order": r"(order|trade|transaction).*(no|id|number|sn)$|(订单|交易|流水).*号",
    "issuer": r"issuer|publisher|发行(方|人|商)",
    "collection": r"(collection|series).*(id|no|code)?$|系列|合集",
    "platform": r"platform|marketplace|平台",
    "buyer": r"buyer|purchaser|买家|买方|购买(人|者)",
    "seller": r"seller|卖家|卖方|出让",
    "token": r"(token|nft|collectible|item).*(id|no|code)|(藏品|作品|商品).*(号|id|哈希)",
    "price": r"price|amount|金额|价格|成交价|实付",
}

_PERSONAL = re.compile(
    r"(buyer|seller|user|customer|full|real|receiver|contact)_?name$|nickname|phone|mobile|(^|_)tel"
    r"|e?mail|id_?card|passport|(shipping|home|delivery|mail)\w*_address|姓名|昵称|手机|电话|邮箱"
    r"|身份证|证件|收货|住址|微信号"
)
_NOT_IT = re.compile(
    r"fee|tax|discount|coupon|refund|commission|original|market_price|count|quantity|qty|title|image"
    r"|url|(collection|token|item|series|platform|buyer|seller|nft)_name"
    r"|手续费|服务费|税|优惠|退款|佣金|原价|市场价|划线|数量|件数|名称|标题|图片|链接|备注"
)
_UNIT = re.compile(r"[(（\[【]([^)）\]】]*)[)）\]】]\s*$")
_TAIL = re.compile(r"_(cents|fen|minor|wei|yuan|[a-z]{3,4})$")
_MONEY_UNITS: dict[str, tuple[str | None, bool | None]] = {
    "元": ("CNY", False),
    "人民币": ("CNY", None),
    "人民币元": ("CNY", False),
    "rmb": ("CNY", None),
    "yuan": ("CNY", False),
    "分": ("CNY", True),
    "fen": ("CNY", True),
    "cents": (None, True),
    "minor": (None, True),
    "wei": ("ETH", True),
}

NULLS = frozenset({"null", "none", "nil", "n/a", "na", "nan", "-", "--", "/", "\\n", "无", "空"})
"""Texts, in small letters, that stand in exports for a field that is not known."""


def _by_word(meanings: dict[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, words in meanings.items() for word in words.split()}


OUTCOMES = _by_word(
    {
        "settled": "settled completed complete success successful succeeded paid done finished sold "
        "delivered 已完成 完成 交易完成 交易成功 成功 已支付 已付款 支付成功 已成交 成交 退款中",
        "proposed": "proposed pending created unpaid open awaiting_payment pending_payment "
        "processing new 待支付 待付款 未支付 未付款 处理中 支付中 已下单 待处理",
        "withdrawn": "withdrawn cancelled canceled failed expired timeout void payment_failed "
        "已取消 取消 已关闭 交易关闭 失败 支付失败 交易失败 已失效 超时 已超时 超时取消",
        "refunded": "refunded fully_refunded 已退款 退款成功 全额退款",
    }
)
"""What became of an order, by its status."""

VERIFIED = _by_word(
    {
        "verified": "verified 已实名 已认证 已实名认证 实名认证通过 认证通过",
        "none": "unverified not_verified 未实名 未认证 未实名认证",
        "pending": "pending 待认证 认证中 审核中 待审核",
        "failed": "failed rejected 认证失败 未通过 认证不通过",
        "expired": "expired 已过期 认证过期",
    }
)
"""How well an identity is established."""

ANSWERS = _by_word({"verified": "true yes y 是", "none": "false no n 否"})
"""Yes and no, where the heading asks whether somebody is verified."""

INSTRUMENTS = _by_word(
    {
        "third_party_payment": "alipay 支付宝 wechat wechat_pay wechatpay weixin 微信 微信支付 paypal",
        "bank_transfer": "bank_transfer wire 银行转账 转账汇款 对公转账",
        "e_cny": "e_cny ecny digital_rmb 数字人民币",
        "cash": "cash 现金",
        "points": "points 积分",
        "virtual_currency": "usdt usdc eth btc",
    }
)
"""What was paid with."""

CURRENCY_NAMES = {
    "rmb": "CNY",
    "人民币": "CNY",
    "元": "CNY",
    "人民币元": "CNY",
    "美元": "USD",
    "港币": "HKD",
    "港元": "HKD",
}


def normalised(heading: str) -> str:
    """Return a name or text as it is compared: small letters, words joined by `_`."""
    text = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", unicodedata.normalize("NFKC", heading))
    return re.sub(r"[\s\-_.:/·]+", "_", text.strip().lower()).strip("_")


def money_unit(heading: str) -> tuple[str | None, bool | None]:
    """Return the currency that a heading names, and whether it says minor units; None if silent."""
    found = _UNIT.search(heading) or _TAIL.search(normalised(heading))
    word = normalised(found[1]) if found else ""
    return _MONEY_UNITS.get(word, (word.upper() if word.upper() in CURRENCIES else None, None))


def is_personal(heading: str) -> bool:
    """Tell whether a column by its name holds what identifies a person."""
    return _PERSONAL.search(normalised(_UNIT.sub("", heading))) is not None


def parts_of(heading: str) -> list[tuple[Part, bool]]:
    """Return what a column may be by its name, the likeliest first; true where the name is exact."""
    name = normalised(_UNIT.sub("", heading))
    bare = _TAIL.sub("", name) if money_unit(heading) != (None, None) else name
    exact = [part for part, names in _NAMES.items() if {name, bare} & set(names.split())]
    if exact or _NOT_IT.search(name) or is_personal(heading):
        return [(part, True) for part in exact]
    return [(part, False) for part, pattern in _HOLDS.items() if re.search(pattern, name)]
