"""Names and texts of the simulated market; every one of them is invented."""

from __future__ import annotations

from typing import Literal, NamedTuple

from vermilion.facts.entities import Association, PlatformFeature
from vermilion.facts.events import PostPurpose

IssuerKind = Literal["museum", "brand", "studio", "artist"]


class VenueWords(NamedTuple):
    """A platform: short name, operator, its share of the trade in percent, and what it offers.

    `caip` is the CAIP-2 name of a public chain whose wallets and tokens the platform names.
    """

    slug: str
    operator: str
    share: int
    features: tuple[PlatformFeature, ...]
    chain: str
    channel: str
    caip: str | None = None


VENUES = (
    VenueWords(
        "yunmo",
        "云墨（杭州）数字文化有限公司",
        47,
        ("fixed_price_sale", "lottery_sale", "gift"),
        "云墨链",
        "安衡支付",
    ),
    VenueWords(
        "yanchi",
        "砚池（深圳）网络科技有限公司",
        26,
        ("fixed_price_sale", "blind_box", "gift"),
        "砚台联盟链",
        "禾信支付",
    ),
    VenueWords(
        "xinghan",
        "星汉数藏（北京）文化有限公司",
        17,
        ("fixed_price_sale", "lottery_sale", "blind_box", "gift"),
        "星汉链",
        "安衡支付",
    ),
    VenueWords(
        "shiguang",
        "拾光（成都）文化传媒有限公司",
        6,
        ("fixed_price_sale", "gift"),
        "拾光链",
        "禾信支付",
    ),
    VenueWords(
        "linghai",
        "灵海（海南）数字艺术有限公司",
        4,
        ("fixed_price_sale", "gift"),
        "灵海公链",
        "安衡支付",
        caip="eip155:90210",
    ),
)

ISSUERS: tuple[tuple[str, str | None, IssuerKind], ...] = (
    ("jiangzuo-museum", "江左博物馆", "museum"),
    ("yunling-museum", "云岭博物院", "museum"),
    ("hexi-grottoes", "河西石窟艺术馆", "museum"),
    ("heming-tea", "鹤鸣茶业有限公司", "brand"),
    ("qinghe-porcelain", "青禾瓷业有限公司", "brand"),
    ("nanping-books", "南屏书局有限公司", "brand"),
    ("baizhou-studio", "白洲动画工作室", "studio"),
    ("lanting-studio", "澜汀设计工作室", "studio"),
    ("artist-1", None, "artist"),
    ("artist-2", None, "artist"),
    ("artist-3", None, "artist"),
)
"""Local id, name and kind of who issues; an artist is a person and stays unnamed."""

MEMBERS: tuple[tuple[str, str, Association], ...] = (
    ("linjiang-bank", "临江银行股份有限公司", "CBA"),
    ("dongwan-securities", "东湾证券股份有限公司", "SAC"),
    ("tonghe-fintech", "同禾互联网金融服务有限公司", "NIFA"),
)
"""Financial institutions, and the association that each is a member of."""

CONTROLLED = (
    ("linjiang-leasing", "临江融资租赁有限公司", "linjiang-bank"),
    ("linjiang-culture", "临江文化发展有限公司", "linjiang-leasing"),
    ("dongwan-ventures", "东湾创新投资有限公司", "dongwan-securities"),
)
"""Companies, and who controls each."""

TITLES = (
    "山月",
    "听雨",
    "千里江行",
    "飞天新绘",
    "青铜纹样",
    "瓷上春秋",
    "竹影",
    "云中鹤",
    "长安灯火",
    "荷塘清趣",
    "节气",
    "墨戏",
)

POSTS: tuple[tuple[str, PostPurpose, str], ...] = (
    ("zh", "advertisement", "新藏品今晚八点开售，请理性收藏。"),
    ("zh", "advertisement", "原创手绘系列上架，每件都有编号，欢迎了解作品背后的故事。"),
    ("zh", "sale", "本系列在平台按固定价格发售，购买前请阅读购买须知。"),
    ("zh", "information", "本周将展出这一系列的创作手稿，欢迎到馆参观。"),
    ("zh", "information", "平台将于周三凌晨维护两小时，期间暂停转赠。"),
    ("zh", "discussion", "收到一件很喜欢的数字藏品，画面细节真好看。"),
    ("zh", "discussion", "请问转赠需要满足什么条件？"),
    ("zh", "discussion", "感谢大家支持原创。"),
    ("en", "advertisement", "A new hand-drawn series opens tonight; each unit has its own number."),
    ("en", "information", "Our studio shows how the series was drawn, step by step."),
    ("en", "discussion", "The colours of this scroll are a pleasure to look at."),
    ("en", "discussion", "Please read the purchase notes before you order."),
)
"""Language, purpose and text of posts that break nothing."""

ADVERTISED = (
    "原创数字藏品，限量发行，请理性收藏。",
    "Original digital art in a limited edition; please read the purchase notes.",
)
"""What offers say that break nothing."""
