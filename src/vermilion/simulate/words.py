"""Names and texts of the simulated market; every one of them is invented."""

from __future__ import annotations

from typing import Literal, NamedTuple

from vermilion.facts.entities import Association, PlatformFeature

IssuerKind = Literal["museum", "brand", "studio", "artist"]


class VenueWords(NamedTuple):
    """A platform: short name, operator, its share of the trade in percent, and what it offers."""

    slug: str
    operator: str
    share: int
    features: tuple[PlatformFeature, ...]
    chain: str
    channel: str


VENUES = (
    VenueWords(
        "yunmo",
        "云墨（杭州）数字文化有限公司",
        48,
        ("fixed_price_sale", "lottery_sale", "gift"),
        "云墨链",
        "安衡支付",
    ),
    VenueWords(
        "yanchi",
        "砚池（深圳）网络科技有限公司",
        28,
        ("fixed_price_sale", "blind_box", "gift"),
        "砚台联盟链",
        "禾信支付",
    ),
    VenueWords(
        "xinghan",
        "星汉数藏（北京）文化有限公司",
        18,
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

POSTS = (
    ("zh", "新藏品今晚八点开售，请理性收藏。"),
    ("zh", "收到一件很喜欢的数字藏品，画面细节真好看。"),
    ("zh", "本周将展出这一系列的创作手稿，欢迎到馆参观。"),
    ("zh", "请问转赠需要满足什么条件？"),
    ("zh", "感谢大家支持原创，购买前请阅读购买须知。"),
    ("en", "The colours of this scroll are a pleasure to look at."),
    ("en", "Our studio shows how the series was drawn, step by step."),
    ("en", "Please read the purchase notes before you buy."),
)
"""Language and text of posts that break nothing."""
