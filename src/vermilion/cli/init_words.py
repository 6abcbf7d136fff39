"""What `vermilion init` asks and tells, in Chinese and English."""

from __future__ import annotations

from typing import Literal

Language = Literal["zh", "en"]

FLAGS = {
    "operator": "--operator",
    "roles": "--role",
    "territory": "--territory",
    "memberships": "--membership",
    "rulebooks": "--rulebook",
    "permit_minutes": "--permit-minutes",
    "officers": "--officer",
    "two_people": "--two-people",
    "zone": "--zone",
    "currency": "--currency",
    "amounts": "--amounts",
    "statuses": "--status",
    "verified_of": "--verified-of",
}
"""The flag of each question."""

SAY: dict[str, dict[Language, str]] = {
    "operator": {"en": "Your name, as reports show it", "zh": "贵方名称（用于报告）"},
    "roles": {
        "en": "What you are, by commas: platform, issuer, museum, brand, artist, bank, broker,\n"
        "insurer, payment_institution, social_platform, auction_house, trading_venue",
        "zh": "贵方身份，以逗号分隔：platform 平台、issuer 发行方、museum 博物馆、brand 品牌、\n"
        "artist 艺术家、bank 银行、broker 证券公司、insurer 保险公司、payment_institution 支付机构、\n"
        "social_platform 社交平台、auction_house 拍卖行、trading_venue 交易场所",
    },
    "territory": {"en": "Where you operate, two letters", "zh": "经营所在地（两位字母）"},
    "memberships": {
        "en": "Associations you belong to, by commas: NIFA, CBA, SAC, PCAC, CMCA, CAICI, CCIA",
        "zh": "加入的协会，以逗号分隔：NIFA、CBA、SAC、PCAC、CMCA、CAICI、CCIA",
    },
    "rulebooks": {
        "en": "Rulebooks to judge by: cn, platform, or folders",
        "zh": "所依据的规则集：cn、platform，或文件夹",
    },
    "permit_minutes": {"en": "Minutes that a permit holds", "zh": "许可有效分钟数"},
    "officers": {
        "en": "Ids of those who may answer reviews, by commas (none: anybody may)",
        "zh": "可处理复核者的编号，以逗号分隔（none：任何人均可）",
    },
    "two_people": {
        "en": "What takes two people: release, refuse, override, cause, activation",
        "zh": "须两人同意的事：release 放行、refuse 拒绝、override 破例、cause 按事由一并处理、"
        "activation 启用规则集",
    },
    "zone": {"en": "Time zone of the table's times", "zh": "表中时间的时区"},
    "currency": {
        "en": "Currency of {column} (none: leave the price out)",
        "zh": "{column} 的币种（none：暂不采用价格）",
    },
    "amounts": {
        "en": "{column} is in: major units (yuan) or minor (fen) (none: leave the price out)",
        "zh": "{column} 的单位：major 元，minor 分（none：暂不采用价格）",
    },
    "verified_of": {
        "en": "{column} tells the identity check of: buyer, seller (none: leave it out)",
        "zh": "{column} 是谁的实名状态：buyer 买家，seller 卖家（none：暂不采用）",
    },
    "statuses": {
        "en": "{column} {text} means: settled, proposed, withdrawn, refunded (none: not known)",
        "zh": "{column} 为 {text} 表示：settled 已成交、proposed 拟交易、withdrawn 已撤回、"
        "refunded 已退款（none：不知）",
    },
    "defaults": {
        "en": "note: nobody to ask, so by default: {taken}",
        "zh": "注意：无法询问，采用默认值：{taken}",
    },
    "made": {"en": "made the book {folder}", "zh": "已建立账簿 {folder}"},
    "drafted": {
        "en": "drafted {file}: {columns} columns are understood; the first rows give {events:,} events "
        "and {rejected:,} rejects",
        "zh": "已草拟 {file}：识别 {columns} 列；前若干行得到 {events:,} 个事件，退回 {rejected:,} 行",
    },
    "reject": {"en": "  line {line}{field}: {reason}", "zh": "  第 {line} 行{field}：{reason}"},
    "open": {"en": "left open, each with its comment there:", "zh": "尚未确定，文件中各有注释："},
    "next": {"en": "next:", "zh": "下一步："},
    "read": {"en": "read {file} and correct what is wrong", "zh": "阅读 {file} 并改正"},
}
