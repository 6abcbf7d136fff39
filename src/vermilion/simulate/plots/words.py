"""What planted posts and offers say.

The wrong ones use words that the law, or the rules of a network, name. The lawful ones use the same
words where they do no harm: in a warning, in a name, in a denial.
"""

from __future__ import annotations

ABSOLUTE_WORDS = (
    "国家级数字藏品，今晚开售。",
    "全网最佳收藏，错过不再有。",
    "最高级别的工艺，欢迎选购。",
    "The best in the world, on sale tonight.",
)
ABSOLUTE_WARNINGS = (
    "本作品取材于国家级非物质文化遗产。",
    "使用新版浏览器可获得最佳浏览效果。",
    "本系列最高售价不变，请理性收藏。",
)
SYMBOL_WORDS = (
    "印有国旗图案的数字藏品今晚开售。",
    "国徽主题系列上架。",
    "购买即可收听国歌纪念版。",
)
SYMBOL_WARNINGS = ("创作须遵守国旗法。", "作品不使用国旗、国歌、国徽。")
RETURN_WORDS = (
    "稳赚不赔，入手必赚。",
    "保本保收益，人人有份。",
    "A guaranteed return for every collector.",
)
RETURN_WARNINGS = (
    "收藏有风险，谨防稳赚骗局。",
    "数字藏品不保本，不承诺收益，请理性收藏。",
    "There is no guaranteed return; collect what you like.",
)
HINT_WORDS = ("入手即升值，欢迎选购。", "每月回购一次，欢迎关注。")
HINT_WARNINGS = ("数字藏品不一定升值，请理性收藏。", "平台不承诺任何形式的回购。")
ENDORSEMENT_WORDS = ("专家推荐的数字藏品，今晚开售。", "权威机构认证，值得信赖。")
TRADE_WORDS = (
    "本系列二级市场行情火热，速来。",
    "转卖一件山月，私信联系。",
    "求购飞天新绘，价格好商量。",
)
TRADE_WARNINGS = (
    "本平台藏品禁止转卖。",
    "藏品仅供收藏，不得转卖，谨防稳赚骗局。",
    "Gifts only: no resale on this platform.",
)
COIN_WORDS = ("山月代币预售开始，上币在即。", "跟着老师炒币，百倍币就在眼前。")
COIN_WARNINGS = ("本平台不发币，也不涉及代币发行。", "本平台禁止任何形式的代币发行。")
LURE_WORDS = ("连接钱包领取限量藏品。", "输入助记词即可找回藏品。")
LURE_WARNINGS = ("客服不会索要助记词。", "谨防冒充客服。")
