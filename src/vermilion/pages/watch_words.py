"""Words of the market's report and of the console's market pages."""

from __future__ import annotations

from vermilion.pages.codes import named
from vermilion.pages.words import Language, pick, thousands
from vermilion.rulebook import Words

TEXTS: dict[str, Words] = {
    "title": Words("市场监测报告", "Market surveillance"),
    "of": Words("市场监测报告 · {first} 至 {last}", "Market surveillance · {first} to {last}"),
    "of.nothing": Words("市场监测报告", "Market surveillance"),
    "period": Words("期间（UTC）", "Period (UTC)"),
    "period.value": Words("{first} 至 {last}", "{first} to {last}"),
    "started": Words("运行时间", "Run at"),
    "took": Words("用时", "Took"),
    "took.value": Words("{seconds} 秒 · {engine}", "{seconds} s · {engine}"),
    "inputs": Words("数据来源", "Read"),
    "inputs.rows": Words("{n} 行", "{n} rows"),
    "inputs.rejected": Words("拒收 {n} 行", "{n} rejected"),
    "signs": Words(
        "以下是线索，不是结论：是否违规由规则集判断、由人决定。",
        "These are signs, not verdicts: rulebooks judge them, and people decide.",
    ),
    # The answer
    "seen": Words("概况", "At a glance"),
    "seen.signs": Words(
        "{trades} 笔成交中，{detectors} 个检测器看到 {n} 条线索。",
        "In {trades} trades, {detectors} detectors saw {n} signs.",
    ),
    "seen.sign": Words(
        "{trades} 笔成交中，{detectors} 个检测器看到 1 条线索。",
        "In {trades} trades, {detectors} detectors saw one sign.",
    ),
    "seen.none": Words(
        "{trades} 笔成交中，{detectors} 个检测器没有看到线索。",
        "In {trades} trades, {detectors} detectors saw no sign.",
    ),
    "seen.flagged": Words(
        "{n} 笔成交（{share}）像是自买自卖或彼此对敲，价格按去掉它们之后的成交来看。",
        "Trades that look like trading with oneself or in a ring: {n} ({share}). They were left out "
        "before prices were looked at.",
    ),
    "seen.volume": Words(
        "其成交额为 {flagged}，占 {currency} 成交额的 {share}。",
        "They make {flagged}, {share} of what was paid in {currency}.",
    ),
    "seen.surges": Words("价格急涨 {n} 次。", "Prices surged {n} times."),
    "seen.surge": Words("价格急涨 1 次。", "Prices surged once."),
    "seen.run_ups": Words("地板价连续抬升 {n} 次。", "Floor prices ran up {n} times."),
    "seen.run_up": Words("地板价连续抬升 1 次。", "A floor price ran up once."),
    "seen.awakenings": Words(
        "沉寂的系列苏醒 {n} 次。", "Collections that had slept awoke {n} times."
    ),
    "seen.awakening": Words("沉寂的系列苏醒 1 次。", "A collection that had slept awoke once."),
    "seen.indirect": Words(
        "另有 {n} 条间接迹象，只说明数字整体异常，不指向任何一笔成交。",
        "{n} more are indirect: they tell of numbers as a whole and of no single trade.",
    ),
    "seen.indirect.one": Words(
        "另有 1 条间接迹象，只说明数字整体异常，不指向任何一笔成交。",
        "One more is indirect: it tells of numbers as a whole and of no single trade.",
    ),
    "tile.trades": Words("成交", "trades"),
    "tile.transfers": Words("无价转移", "transfers"),
    "tile.collections": Words("系列", "collections"),
    "tile.findings": Words("线索", "signs"),
    "tile.flagged": Words("被标记的成交", "flagged trades"),
    "tile.share": Words("占成交 {share}", "{share} of trades"),
    # Prices
    "prices": Words("价格与成交额", "Prices and volume"),
    "prices.lead": Words(
        "每件价格。红线为全部成交的中位数，绿线去掉被标记的成交；竖线为最低至最高价。",
        "Prices of one unit. The red line is the median of all trades, the green one leaves flagged "
        "trades out; upright lines run from the lowest to the highest price.",
    ),
    "prices.middle": Words(
        "每格 {days} 天，线上为各日中位数的中间值。",
        "Each step is {days} days; the lines show the middle of the days' medians.",
    ),
    "prices.log": Words(
        "价格轴为对数；离得很远的价格画在轴端。",
        "The price axis is logarithmic; prices far off lie at its ends.",
    ),
    "prices.none": Words("没有带价格的成交。", "No trade has a price."),
    "prices.further": Words(
        "另有 {n} 个成交额较小的系列没有画出。",
        "{n} more collections of less volume are not drawn.",
    ),
    "prices.more": Words("其余 {n} 个系列", "{n} more collections"),
    "prices.titled": Words(
        "{collection}：价格与成交额（{currency}）", "{collection}: prices and volume in {currency}"
    ),
    "prices.described": Words(
        "{first} 至 {last}，{sales} 笔成交，其中 {flagged} 笔被标记。",
        "{first} to {last}: {sales} trades, {flagged} of them flagged.",
    ),
    "prices.sums": Words(
        "{sales} 笔，成交额 {volume}；去掉被标记的为 {clean}",
        "{sales} trades of {volume}; {clean} without those flagged",
    ),
    "stretch": Words(
        "{label}\n{sales} 笔，{volume}，中位数 {median}（{low} 至 {high}）\n去掉被标记的：{clean_sales} 笔，{clean_volume}，{clean_median}",
        "{label}\n{sales} trades, {volume}, median {median} ({low} to {high})\nwithout flagged: {clean_sales}, {clean_volume}, {clean_median}",
    ),
    "legend.all": Words("全部成交的中位数", "median of all trades"),
    "legend.clean": Words("去掉被标记的", "without flagged trades"),
    "legend.band": Words("价格区间", "price band"),
    "legend.volume": Words("成交额", "volume"),
    "legend.flagged": Words("被标记的成交额", "flagged volume"),
    "legend.surge": Words("急涨", "surge"),
    "legend.run_up": Words("地板价连续抬升", "floor run-up"),
    "legend.awakening": Words("苏醒", "awakening"),
    "legend.news": Words("公告", "announcement"),
    "numbers": Words("查看数据", "Show the numbers"),
    "numbers.days": Words("日期（UTC）", "Days (UTC)"),
    "numbers.sales": Words("成交", "Trades"),
    "numbers.volume": Words("成交额", "Volume"),
    "numbers.median": Words("中位数", "Median"),
    "numbers.clean_volume": Words("去掉后成交额", "Volume without"),
    "numbers.clean_median": Words("去掉后中位数", "Median without"),
    # Findings
    "findings": Words("线索", "Signs"),
    "findings.lead": Words(
        "按分数从高到低。分数是检测器各项之和，是自定标准，只用来排先后。",
        "Highest score first. A score is the sum of its detector's parts; it is policy, and says only "
        "what to look at first.",
    ),
    "findings.rest": Words(
        "这里列出分数最高的 {shown} 条；其余 {n} 条只计数，全部线索在 {file}。",
        "The {shown} of the highest score are listed here; the other {n} are counted only. All of them "
        "are in {file}.",
    ),
    "findings.rest.nowhere": Words(
        "这里列出分数最高的 {shown} 条；其余 {n} 条只计数。用 --out 可写出全部。",
        "The {shown} of the highest score are listed here; the other {n} are counted only. --out writes "
        "all of them.",
    ),
    "findings.none": Words("没有线索。", "There is no sign."),
    "findings.score": Words("分数", "Score"),
    "findings.what": Words("看到什么", "What was seen"),
    "findings.trades": Words("成交", "Trades"),
    "findings.volume": Words("成交额", "Volume"),
    "findings.period": Words("期间（UTC）", "Period (UTC)"),
    "findings.last": Words("至 {day}", "to {day}"),
    "findings.entity": Words("按关联主体", "on linked parties"),
    "findings.search": Words("编号、句子、日期", "Id, words, date"),
    "findings.any": Words("全部", "all"),
    "findings.detector": Words("检测器", "Detector"),
    "findings.collection": Words("系列", "Collection"),
    "findings.find": Words("查找", "Find"),
    "findings.shown": Words("显示 {shown} / {n}", "{shown} of {n} shown"),
    "findings.weaker": Words("其余 {n} 条，分数较低", "{n} more, of a lower score or the same"),
    "findings.more": Words("再显示 100 条", "Show 100 more"),
    "findings.open": Words("图示、分数与明细", "Drawing, score and rows"),
    "findings.filters": Words("筛选线索", "Filter the signs"),
    "indirect": Words("间接迹象", "Indirect signs"),
    "indirect.lead": Words(
        "间接迹象只说明一组数字与常见的不同，不指向任何一笔成交，也不能单独作为依据。",
        "An indirect sign says that some numbers are unlike what is usual. It tells of no single trade, "
        "and nothing should rest on it alone.",
    ),
    "indirect.none": Words("没有间接迹象。", "There is no indirect sign."),
    "indirect.badge": Words("间接", "indirect"),
    # One finding
    "one.drawing": Words("往来图", "How it went"),
    "one.drawn": Words(
        "箭头为藏品去向，数字为价款，虚线没有价格；时间为 UTC。",
        "Arrows show where the token went, with what was paid; a dashed one had no price. Times are UTC.",
    ),
    "one.who": Words("图中各方", "Who is who"),
    "one.parties": Words("各方", "Parties"),
    "one.parties.more": Words("另有 {n} 方", "and {n} more"),
    "one.parts": Words("分数的构成", "What the score is made of"),
    "one.figures": Words("数字", "Figures"),
    "one.clause": Words("规则集依据", "What rulebooks say of it"),
    "one.clause.none": Words(
        "现有规则集没有针对此类线索的规则。", "No rulebook in use has a rule on such a sign."
    ),
    "one.subject": Words("对象", "About"),
    "one.id": Words("线索编号", "Id of the sign"),
    "one.rows": Words("明细", "Rows"),
    "one.rows.more": Words(
        "共 {n} 行，这里是前 {shown} 行；全部在 {file}。",
        "The first {shown} of {n} rows; all of them are in {file}.",
    ),
    "one.rows.where": Words("共 {n} 行，在 {file}。", "Rows: {n}, in {file}."),
    "one.rows.file": Words("随附的 Parquet", "the Parquet beside this page"),
    "subject.collection": Words("系列", "collection"),
    "subject.token": Words("藏品", "token"),
    "subject.party": Words("参与方", "party"),
    "subject.other": Words("对方", "other party"),
    "row.time": Words("时间（UTC）", "Time (UTC)"),
    "row.role": Words("角色", "Role"),
    "row.kind": Words("种类", "Kind"),
    "row.token": Words("藏品", "Token"),
    "row.sender": Words("转出方", "From"),
    "row.recipient": Words("转入方", "To"),
    "row.price": Words("价款", "Price"),
    "row.id": Words("来源与编号", "Source and id"),
    "copy": Words("复制", "Copy"),
    "copied": Words("已复制", "Copied"),
    # Quality
    "quality": Words("数据质量", "Quality of the data"),
    "quality.lead": Words(
        "数据里的缺陷会遮住或造出线索。", "Faults of the data hide signs, or make them."
    ),
    "quality.fault": Words("缺陷", "Fault"),
    "quality.count": Words("数目", "Number"),
    "quality.samples": Words("例如", "For example"),
    "quality.none": Words("没有发现缺陷。", "No fault was found."),
    # Detectors
    "detectors": Words("检测器", "Detectors"),
    "detectors.lead": Words(
        "检测器看数据，不下结论。点开可见定义、常见误报和参数。",
        "Detectors look at data and decide nothing. Unfold one for its definition, its known false "
        "positives and its parameters.",
    ),
    "detectors.findings": Words("线索", "Signs"),
    "detectors.flagged": Words("涉及成交", "Trades in them"),
    "detectors.seconds": Words("{n} 秒", "{n} s"),
    "detectors.definition": Words("定义", "Definition"),
    "detectors.source": Words("出处", "Source"),
    "detectors.false": Words("已知误报", "Known false positives"),
    "detectors.parameters": Words("参数", "Parameters"),
    "policy": Words("自定标准", "Policy"),
    "stage.wash": Words("对敲", "wash trading"),
    "stage.price": Words("价格", "prices"),
    "stage.venue": Words("交易方式", "way of trading"),
    # Foot
    "foot": Words("说明", "About this page"),
    "closing.method": Words(
        "检测器先查对敲，去掉其成交后再看价格；两种价格都画出。分数与参数都是自定标准，另有注明的除外。",
        "Detectors look for wash trades first and judge prices without them; both prices are drawn. "
        "Scores and parameters are policy except where a law is named.",
    ),
    "closing.files": Words(
        "全部线索：{findings}；全部明细：{evidence}。",
        "All signs: {findings}. All rows: {evidence}.",
    ),
    "closing.none": Words("没有写出。", "not written"),
    # The console
    "market": Words("市场", "Market"),
    "market.none": Words(
        "还没有监测结果。第一次运行之后，这里会显示。",
        "The market was not watched yet. This page fills after the first run.",
    ),
    "market.off": Words(
        "市场监测没有开启：在 serve.yaml 里写 market: {{watch: true}}。",
        "Watching the market is off: write `market: {{watch: true}}` in serve.yaml.",
    ),
    "market.feed": Words(
        "每 {minutes} 分钟更新，最近一次：{at}", "Updated every {minutes} min, last at {at}"
    ),
    "market.last": Words("最近一次：{at}", "Last at {at}"),
    "market.party": Words("参与方编号", "Party"),
    "market.top": Words("分数最高的线索", "Signs of the highest score"),
    "market.no_match": Words("没有符合条件的线索。", "No sign matches."),
    "market.judgement": Words("查看对它的判断", "See how it was judged"),
    "market.case": Words("查看案件", "See the case"),
    "market.unpublished": Words("尚未提交判断。", "It was not handed to the rulebooks."),
}
"""Sentences and headings; what is filled in stands in braces."""

QUALITY: dict[str, Words] = {
    "duplicates": Words("重复的记录", "duplicates"),
    "conflicts": Words("编号相同而内容不同", "same id, other content"),
    "broken_chains": Words("权属链断开", "broken ownership chains"),
    "unknown_parties": Words("当事方不明", "unknown parties"),
    "missing_prices": Words("成交缺价格", "sales without a price"),
    "dissolved_clusters": Words(
        "过大而拆开的关联群", "clusters of linked parties that were too large and are not joined"
    ),
    "unknown_currencies": Words("币种不明", "unknown currencies"),
    "rejected": Words("无法读取的行", "rows that cannot be read"),
}
"""Faults of data by code."""

ROLES: dict[str, Words] = {
    "above": Words("高于区间", "above the band"),
    "below": Words("低于区间", "below the band"),
    "burst": Words("集中成交", "in the burst"),
    "buy": Words("买入", "buy"),
    "climb": Words("抬升期间", "in the run"),
    "close": Words("终点", "end"),
    "crossing": Words("超过上限", "crosses the cap"),
    "floor": Words("地板价", "at the floor"),
    "free": Words("无价", "free"),
    "holder": Words("新持有人", "new holder"),
    "last": Words("末笔", "last"),
    "long": Words("宽窗口", "wide window"),
    "middle": Words("中窗口", "middle window"),
    "open": Words("起点", "start"),
    "priced": Words("有价", "priced"),
    "primary": Words("首发", "first sold"),
    "refunded": Words("价款退回", "price paid back"),
    "sample": Words("样本", "sample"),
    "sell": Words("卖出", "sell"),
    "short": Words("短窗口", "narrow window"),
    "surge": Words("高价", "high price"),
}
"""What a row is in a finding, by role; an unknown role stands as it is."""

KINDS: dict[str, Words] = {
    "sale": Words("成交", "sale"),
    "transfer": Words("转移", "transfer"),
    "mint": Words("铸造", "mint"),
    "burn": Words("销毁", "burn"),
    "payment": Words("付款", "payment"),
}
"""Kinds of moves."""


def tell(key: str, language: Language, **values: object) -> str:
    """Return a text with its blanks filled; whole numbers get separators."""
    filled = {k: thousands(v) if isinstance(v, int) else str(v) for k, v in values.items()}
    return pick(TEXTS[key], language).format(**filled)


def word(table: dict[str, Words], code: str, language: Language) -> str:
    """Return what a code is called; one that the table has not stands as it is."""
    return pick(named(table, code), language)
