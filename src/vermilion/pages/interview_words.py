"""The words of the interview and its memo, and how facts and values are told in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vermilion.desk.may_i import UNKNOWN, Plan
from vermilion.errors import Error
from vermilion.pages.codes import OPERATOR_WORDS, ROLES
from vermilion.pages.fact_labels import fact_label
from vermilion.pages.interview_questions import QUESTIONS
from vermilion.pages.text import fact_value, prose, visible
from vermilion.pages.value_words import VALUE_WORDS
from vermilion.pages.words import Language, pick, say
from vermilion.rulebook import Words

LABELS: dict[str, Words] = {
    "operator.memberships": Words("贵方的会员身份", "your memberships"),
    "operator.roles": Words("贵方的身份", "what you are"),
    "operator.territory": Words("贵方所在地域", "your territory"),
}

STAND_INS: dict[str, Words] = {
    "may-i:token:1": Words("所述藏品", "the collectible"),
    "may-i:work:1": Words("所述作品", "the work"),
    "may-i:platform:1": Words("所述平台", "the platform"),
}

ERRORS: dict[str, Words] = {
    "answer_lacking": Words(
        "还没有回答。请作答，或者选择“不知道”。",
        "Nothing is answered. Answer, or say that you do not know.",
    ),
    "answer_no_choice": Words("不在可选项之内。", "This is none of the choices."),
    "answer_no_number": Words(
        "不是整数。请只写数字，例如 5000。",
        "This is no whole number. Write digits only, such as 5000.",
    ),
    "answer_no_date": Words(
        "不是日期。请写成 2026-11-22 这样。", "This is no date. Write it like 2026-11-22."
    ),
    "answer_no_time": Words(
        "不是时间。请写成 2026-11-22T10:00 这样。",
        "This is no time. Write it like 2026-11-22T10:00.",
    ),
    "answer_no_amount": Words(
        "不是金额。请只写数字和该币种的小数位，例如 99.90。",
        "This is no amount. Write digits, with the decimals that the currency has, such as 99.90.",
    ),
    "answer_too_large": Words("金额太大。", "This amount is too large."),
    "answer_too_long": Words("文字太长，请缩短。", "This is too long. Shorten it."),
    "answer_both": Words(
        "既填了内容又选了“没有”，只能选其一。",
        "Both something and nothing is chosen. Choose one or the other.",
    ),
    "answer_row_lacking": Words(
        "这一项没有填完整。", "Something is lacking in this item. Fill it in."
    ),
    "answer_twice": Words("同一栏发送了两次。", "This field was sent twice."),
    "bad_answer": Words("内容不符合要求。", "This cannot be an answer here."),
}
"""Why an answer is refused and what to do, by the error's code."""

MAY_I: dict[str, Words] = {
    "title": Words("可以做吗？", "May I?"),
    "lead": Words(
        "选择最接近的计划。只会问到仍可能改变结论的事项；不知道的，可以答“不知道”。不会留下任何记录。",
        "Choose the plan that comes closest. Only what can still change the answer is asked, and “I do not know” is an answer. Nothing is recorded.",
    ),
    "begin": Words("开始", "Begin"),
    "other": Words("换一个计划", "Another plan"),
    "progress": Words(
        "已答 {answered} 项，最多再问 {left} 项", "{answered} answered, at most {left} more"
    ),
    "progress.done": Words(
        "已答 {answered} 项，问完了", "{answered} answered, nothing more to ask"
    ),
    "fact": Words("事实", "Fact"),
    "continue": Words("继续", "Continue"),
    "dont_know": Words("不知道", "I do not know"),
    "none_or_unknown": Words("没有，或不知道", "There is none, or I do not know"),
    "none_of_these": Words("以上都没有", "None of these"),
    "there_is_none": Words("没有", "There is none"),
    "yes": Words("是", "Yes"),
    "no": Words("否", "No"),
    "choose": Words("请选择", "Choose"),
    "amount": Words("金额", "Amount"),
    "currency": Words("币种", "Currency"),
    "one_a_line": Words("每行一个", "One a line"),
    "digest_hint": Words("64 位十六进制字符（0–9、a–f）", "64 characters, 0–9 and a–f"),
    "zone_hint": Words("时区：{zone}", "Time zone: {zone}"),
    "row": Words("第 {n} 项", "Item {n}"),
    "rows.more": Words("再加几项", "More items"),
    "why": Words("为什么问这个", "Why this is asked"),
    "why.lead": Words("以下规则取决于这个答案：", "These rules depend on the answer:"),
    "why.verdict": Words("违反时：{verdict}", "if it is violated: {verdict}"),
    "why.question": Words("规则的提问：", "The rule asks: "),
    "so_far": Words("目前的回答", "The answers so far"),
    "implied": Words("由计划得出", "follows from the plan"),
    "change": Words("更改", "Change"),
    "change.of": Words("更改：{fact}", "Change: {fact}"),
    "not_known": Words("不知道", "not known"),
    "error": Words("这个回答不能接受", "This answer cannot be taken"),
    "done": Words("再问也不会改变结论。", "No further answer can change this."),
    "done.everything": Words("已问完全部问题。", "Everything was asked."),
    "memo": Words("查看备忘录", "See the memo"),
    "memo.aside": Words(
        "备忘录在新标签页中打开，答案留在本页。",
        "The memo opens in a tab of its own; your answers stay here.",
    ),
    "memo.print": Words("打印或存为 PDF", "Print, or save as PDF"),
    "everything": Words("继续问完全部问题", "Ask for everything that is wrong"),
    # The memo
    "memo.title": Words("{plan}：规则审阅备忘录", "{plan}: memo"),
    "memo.kind": Words("“可以做吗？”备忘录", "“May I?” memo"),
    "memo.as_of": Words("按此日的规则", "By the rules of"),
    "memo.who": Words("询问者身份", "Asked by"),
    "memo.memberships": Words("会员身份", "Memberships"),
    "memo.territory": Words("地域", "Territory"),
    "memo.rulebook": Words("规则集", "Rulebook"),
    "memo.unasked": Words("未询问", "not asked"),
    "memo.none": Words("无", "none"),
    "memo.unfinished": Words(
        "尚未问完：下一个问题是“{question}”。以下结论仍可能改变。",
        "Not finished: the next question is “{question}”. What follows may still change.",
    ),
    "memo.confidential": Words(
        "内部文件：含名单筛查事项，不得告知当事人。",
        "Internal: it tells of list screening, which must not be told to those concerned.",
    ),
    "memo.answer": Words("结论", "The answer"),
    "memo.finds.deny": Words(
        "“{rulebook}”在所述事实下的结论：不得进行。",
        'On the facts stated, "{rulebook}" finds that this must not go ahead.',
    ),
    "memo.finds.review": Words(
        "“{rulebook}”在所述事实下的结论：须由人审核后决定。",
        'On the facts stated, "{rulebook}" finds that a person has to decide.',
    ),
    "memo.finds.condition": Words(
        "“{rulebook}”在所述事实下的结论：满足下列条件后可以进行。",
        'On the facts stated, "{rulebook}" finds that this may go ahead on the conditions below.',
    ),
    "memo.finds.allow": Words(
        "“{rulebook}”在所述事实下没有发现不符之处。",
        'On the facts stated, "{rulebook}" finds nothing against it.',
    ),
    "memo.finds.not_applicable": Words(
        "“{rulebook}”中没有适用的规则。", 'No rule of "{rulebook}" applies.'
    ),
    "memo.force": Words("不利规则的效力：{forces}。", "Force of the rules against it: {forces}."),
    "memo.force.one": Words("{force}（{n} 条）", "{force} ({n})"),
    "memo.all_drafts": Words(
        "以下引文均为草稿，尚未经人工与官方文本核对。",
        "Every citation below is a draft: no person has yet checked it against the official text.",
    ),
    "memo.drafts": Words(
        "以下 {all} 处引文中有 {n} 处是草稿，尚未经人工与官方文本核对。",
        "{n} of the {all} citations below are drafts: no person has yet checked them against the official text.",
    ),
    "memo.advice": Words(
        "本备忘录是规则集对所述事实的机械判断，不是法律意见，也不是许可。",
        "This memo is what a rulebook finds on the facts stated. It is no legal advice and no permit.",
    ),
    "memo.stops": Words("阻碍计划的规则", "What stands against it"),
    "memo.conditions": Words("条件", "Conditions"),
    "memo.unknown": Words("尚不知道、因而不能判断的", "Not known, and therefore undecided"),
    "memo.reason": Words("原因", "Why"),
    "memo.facts": Words("所依据的事实", "Facts it rests on"),
    "memo.remedy": Words("处理办法", "What to do"),
    "memo.pass": Words("怎样才能通过", "What would make it pass"),
    "memo.open": Words("法律上未决", "Open in law"),
    "memo.clauses": Words("依据", "Clauses"),
    "memo.lacks": Words("缺少", "Lacks"),
    "memo.would": Words(
        "若违反：{would}；在查明之前：{verdict}",
        "if it is violated: {would}; until it is known: {verdict}",
    ),
    "memo.question": Words("须查明", "To find out"),
    "memo.in_event": Words("涉及：{event}", "on the {event}"),
    "memo.facts_stated": Words("所述事实", "The facts stated"),
    "memo.value": Words("内容", "Value"),
    "memo.source": Words("来源", "Source"),
    "memo.answered": Words("回答", "answered"),
    "memo.passed": Words("已审且无异议的规则", "Rules that found nothing against it"),
    "memo.not_looked": Words("没有审查的", "What was not looked at"),
    "memo.not.truth": Words(
        "所述事实是否属实：一切按所答。",
        "Whether the facts stated are true: everything was taken as it was answered.",
    ),
    "memo.not.screening": Words(
        "没有进行名单筛查、图像比对或登记查询。",
        "No list was screened, no image compared, no register consulted.",
    ),
    "memo.not.jurisdictions": Words(
        "其他法域，以及上述规则集以外的规范。",
        "Other jurisdictions, and norms outside the rulebooks named above.",
    ),
    "memo.not.history": Words(
        "过往交易：以下数字按“此前没有发生过”计算。",
        "The past: these numbers were counted as if nothing had happened before.",
    ),
    "memo.not.unneeded": Words(
        "以下规则没有问到底，因为无论答案如何结论都不变。",
        "These rules were not asked about to the end: whatever they say, the answer stays.",
    ),
    "memo.not.unasked": Words(
        "以下规则还没有问完。", "These rules were not asked about to the end yet."
    ),
    "memo.since": Words("自 {first} 施行", "in force from {first}"),
    "memo.between": Words(
        "自 {first} 施行，{last} 起失效", "in force from {first}, no longer from {last}"
    ),
    "memo.no_quote": Words("未收录原文。", "The wording is not on file."),
    "memo.addressees": Words("适用对象", "Addressed to"),
    "memo.prepared": Words("填写人", "Prepared by"),
    "memo.reviewed": Words("审阅人", "Reviewed by"),
    "memo.date": Words("日期", "Date"),
    "memo.digest": Words("规则集摘要", "Digest of the rulebook"),
}
"""Everything around questions and answers."""


def tell(key: str, language: Language, **values: object) -> str:
    """Return a text of the interview or its memo with its blanks filled."""
    return pick(MAY_I[key], language).format(**{name: str(one) for name, one in values.items()})


def error_text(error: Error, language: Language) -> str:
    """Return why an answer is refused and what to do."""
    return pick(ERRORS.get(error.code, ERRORS["bad_answer"]), language)


def _general(plan: Plan, fact: str) -> tuple[str, Words]:
    """Return a fact with its party left open, and what the party is called."""
    head, _, rest = fact.partition(".")
    if head in plan.parties:
        return f"party.{rest}", ROLES.get(head, Words(head, head))
    return fact, Words("", "")


def question_text(plan: Plan, fact: str, language: Language) -> str:
    """Return the question for a fact; the label where it has no words of its own."""
    general, party = _general(plan, fact)
    words = QUESTIONS.get(general)
    if words is None:
        return f"{label_text(fact, language)}{'？' if language == 'zh' else '?'}"
    return pick(words, language).format(party=pick(party, language))


def label_text(fact: str, language: Language) -> str:
    """Return what a fact is called."""
    return pick(LABELS.get(fact) or fact_label(fact), language)


def word_text(word: str, language: Language) -> str:
    """Return what a word of a closed vocabulary is called, or a thing that a plan names."""
    known = VALUE_WORDS.get(word) or OPERATOR_WORDS.get(word) or STAND_INS.get(word)
    if known is None and word.startswith("may-i:party:"):
        known = ROLES.get(word.rpartition(":")[2])
    return word if known is None else pick(known, language)


def value_text(fact: str, value: Any, language: Language) -> str:
    """Return an answer as people read it; long texts stay whole."""
    match value:
        case str() if value == UNKNOWN:
            return tell("not_known", language)
        case str():
            return prose(word_text(value, language))
        case {"amount": _, "currency": _}:
            return fact_value(value, language)
        case Mapping():
            colon = say("colon", language)
            return _list(
                [
                    f"{label_text(f'{fact}.{name}', language)}{colon}"
                    f"{value_text(f'{fact}.{name}', one, language)}"
                    for name, one in value.items()
                ],
                language,
            )
        case list() | tuple():
            joint = "\n" if any(isinstance(one, Mapping) for one in value) else None
            parts = [value_text(fact, one, language) for one in value]
            return joint.join(parts) if joint else _list(parts, language)
        case bool() | int() | None:
            return fact_value(value, language)
        case _:
            return visible(str(value))


def _list(parts: list[str], language: Language) -> str:
    return say("separator", language).join(parts) or tell("memo.none", language)
