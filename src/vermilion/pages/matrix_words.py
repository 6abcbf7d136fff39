"""The words of "where may this be sold", on screen and on paper."""

from __future__ import annotations

from vermilion.desk.matrix import Matrix, Place
from vermilion.pages.words import Language, pick, say
from vermilion.rulebook import Words

WHERE: dict[str, Words] = {
    "title": Words("{thing}：可以在哪里发售", "{thing}: where may it be sold"),
    "kind": Words("“可以在哪里发售？”备忘录", "“Where may this be sold?” memo"),
    "thing": Words("所述藏品", "The collectible"),
    "lead": Words(
        "逐个法域单独判断，结论互不合并：一地没有发现不符，不代表另一地也没有。",
        "Each jurisdiction is judged by itself and no two answers are merged: that nothing was found in one place says nothing of another.",
    ),
    "collection": Words("藏品", "Collection"),
    "judged": Words("判断的事项", "What is judged"),
    "as_of": Words("按此日的规则", "By the rules of"),
    "own_day": Words("各地当日（{at}）", "each place's own day ({at})"),
    "glance": Words("一览", "At a glance"),
    "headline": Words("问了 {n} 个规则集：{parts}。", "{n} rulebooks were asked: {parts}."),
    "headline.deny": Words("{n} 个不得发售", "by {n} it must not be offered"),
    "headline.review": Words("{n} 个须由人判断", "by {n} a person has to decide"),
    "headline.missing": Words("{n} 个因事实不足尚不能判断", "{n} cannot tell for lack of facts"),
    "headline.condition": Words("{n} 个附条件", "by {n} it may go ahead on conditions"),
    "headline.allow": Words("{n} 个未发现不符之处", "by {n} nothing was found against it"),
    "headline.not_applicable": Words("{n} 个当日没有适用的规则", "{n} had no rule in force"),
    "place": Words("法域", "Jurisdiction"),
    "answer": Words("结论", "Answer"),
    "decides": Words("起决定作用的规则", "The rule that decides"),
    "lacks": Words("还缺事实", "Facts lacking"),
    "span": Words("事实补齐之后", "Once they are known"),
    "nothing": Words("没有规则反对", "no rule stands against it"),
    "range": Words("最好：{least}；最坏：{most}", "at best {least}; at worst {most}"),
    "asked": Words("还缺的事实，只问一次", "What is lacking, asked once"),
    "asked.lead": Words(
        "同一事实往往为多个法域所用。先答上面的：答一项，少问几处。",
        "One fact often serves several jurisdictions. Answer from the top: one answer, several fewer questions.",
    ),
    "asked.for": Words("用于", "Serves"),
    "asked.one": Words("只为一个法域所需", "Needed by one jurisdiction only"),
    "asked.questions": Words("规则的提问", "In the rules' words"),
    "readings": Words("不同的理解", "Rival readings"),
    "readings.lead": Words(
        "规则集采用其中一种理解；另一种理解会得出什么，列在这里，不影响结论。",
        "The rulebook takes one reading; what another would come to is shown here and changes nothing.",
    ),
    "readings.on": Words("按此理解", "On this reading"),
    "readings.same": Words("结论相同", "the same answer"),
    "readings.whole": Words(
        "该规则：{rule}；该法域：{whole}", "the rule: {rule}; the place: {whole}"
    ),
    "lines": Words("还需查明的规则", "Rules that are not decided yet"),
    "until": Words("在查明之前：{verdict}", "until it is known: {verdict}"),
    "not_covered": Words("本规则集不涵盖", "Not covered by this rulebook"),
    "stated": Words("所依据的事实", "The facts it rests on"),
    "follows": Words("由所述事实得出", "follows from what was stated"),
    "said": Words("所述", "stated"),
    "named": Words("按计划所述，未编号", "as the plan tells it, without an id"),
    "standard": Words("国际标准，不是发售地", "a standard, not a place of sale"),
    "limits": Words("没有审查的", "What was not looked at"),
    "limit.truth": Words(
        "所述事实是否属实：一切按所述。",
        "Whether the facts are true: everything was taken as stated.",
    ),
    "limit.reach": Words(
        "在当地发售是否构成“面向当地”（地域管辖）：一律按面向当地判断。",
        "Whether an offer reaches a place at all: each is judged as if it did.",
    ),
    "limit.history": Words(
        "过往交易：按此前没有发生过计算。", "The past: counted as if nothing had happened before."
    ),
    "limit.screening": Words(
        "没有进行名单筛查或登记查询。", "No list was screened and no register consulted."
    ),
    "advice": Words(
        "本备忘录是各规则集对所述事实的机械判断，不是法律意见，也不是许可。",
        "This memo is what rulebooks find on the facts stated. It is no legal advice and no permit.",
    ),
}

ANSWERS: dict[str, Words] = {
    "deny": Words("不得发售", "must not be offered"),
    "review": Words("须由人判断", "a person decides"),
    "condition": Words("附条件", "on conditions"),
    "allow": Words("未发现不符之处", "nothing found against it"),
    "not_applicable": Words("没有适用的规则", "no rule in force"),
    "missing": Words("事实不足，尚不能判断", "facts are lacking"),
}
"""What a place answers, by its code; never that something is lawful."""


def told(key: str, language: Language, **values: object) -> str:
    """Return a text with its blanks filled."""
    return pick(WHERE[key], language).format(**{name: str(one) for name, one in values.items()})


def place_name(place: Place, language: Language) -> str:
    """Return what a jurisdiction is called: the title of its rulebook up to the colon."""
    mark = "：" if language == "zh" else ":"
    return pick(place.title, language).partition(mark)[0]


def answer_code(place: Place) -> str:
    """Return a place's verdict, or `missing` where nothing but lacking facts stands behind it."""
    if place.rules and place.rules[0].outcome == "missing":
        return "missing"
    return place.verdict


def answer_text(code: str, language: Language) -> str:
    """Return an answer in words."""
    return pick(ANSWERS[code], language)


def span_text(place: Place, language: Language) -> str:
    """Return between which answers a place lies, or an empty text where nothing is lacking."""
    if not any(rule.outcome == "missing" for rule in place.rules):
        return ""
    least, most = answer_text(place.least, language), answer_text(place.most, language)
    return least if least == most else told("range", language, least=least, most=most)


def headline(matrix: Matrix, language: Language) -> str:
    """Return how many places answer what, the strongest first."""
    codes = [answer_code(place) for place in matrix.places]
    parts = [
        told(f"headline.{code}", language, n=codes.count(code))
        for code in ("deny", "review", "missing", "condition", "allow", "not_applicable")
        if code in codes
    ]
    joined = say("answer.semicolon", language).join(parts)
    return told("headline", language, n=len(codes), parts=joined)
