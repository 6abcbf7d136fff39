"""Every word of the console in Chinese and English; what reports say too is taken from them."""

from __future__ import annotations

from vermilion.pages.words import UI, Language, pick, thousands
from vermilion.rulebook import Words
from vermilion.web.console.case_words import CASES
from vermilion.web.console.erasure_words import ERASING
from vermilion.web.console.frame_words import FRAME
from vermilion.web.console.judgement_words import JUDGEMENTS
from vermilion.web.console.people_words import PEOPLE
from vermilion.web.console.problem_words import PROBLEMS
from vermilion.web.console.rule_words import RULES
from vermilion.web.console.signing_words import SIGNING
from vermilion.web.console.webhook_words import WEBHOOKS

TEXTS: dict[str, Words] = {
    **UI,
    **FRAME,
    **JUDGEMENTS,
    **CASES,
    **RULES,
    **PEOPLE,
    **PROBLEMS,
    **WEBHOOKS,
    **SIGNING,
    **ERASING,
}

CODES: dict[str, dict[str, Words]] = {
    "ROLES_OF_PEOPLE": {
        "platform": Words("平台", "platform"),
        "officer": Words("合规官", "officer"),
        "reviewer": Words("复核员", "reviewer"),
        "auditor": Words("审计员", "auditor"),
        "admin": Words("管理员", "administrator"),
        "sandbox": Words("沙箱", "sandbox"),
    },
    "STANDING": {
        "permitted": Words("已许可", "permitted"),
        "held": Words("待人工审核", "held for review"),
        "denied": Words("不许可", "denied"),
        "refused": Words("已拒绝", "refused"),
        "withdrawn": Words("已撤回", "withdrawn"),
        "replaced": Words("已被新的提请取代", "replaced by a new proposal"),
        "recorded": Words("已记录", "recorded"),
    },
    "STAGES": {
        "proposed": Words("拟进行", "proposed"),
        "settled": Words("已完成", "settled"),
        "withdrawn": Words("已撤回", "withdrawn"),
    },
    "MODES": {
        "live": Words("生效", "live"),
        "shadow": Words("试运行", "shadow"),
        "off": Words("停用", "off"),
    },
    "PARAMETERS": {
        "no_virtual_currency": Words("不得为虚拟货币", "no virtual currency"),
        "renminbi": Words("人民币", "renminbi"),
        "no_harm": Words("不得损害文物", "without harm to the relic"),
        "approval_by_grade": Words("按文物级别报批", "approval by the relic's grade"),
    },
    "THINGS": {
        "party": Words("主体", "party"),
        "platform": Words("平台", "platform"),
        "work": Words("作品", "work"),
        "token": Words("藏品", "token"),
    },
    "CUSTOMER": {
        "allowed": Words("可以办理", "may go ahead"),
        "held": Words("处理中", "being processed"),
        "declined": Words("不能办理", "declined"),
        "withdrawn": Words("已撤回", "withdrawn"),
    },
    "CASE_KINDS": {
        "comply": Words("合规", "comply"),
        "violate": Words("违反", "violate"),
        "missing": Words("缺少事实", "fact missing"),
        "day_before": Words("施行前一日", "the day before"),
        "day_of": Words("施行当日", "the day of"),
    },
    "RULE_OUTCOMES": {
        "hit": Words("命中", "hit"),
        "missing": Words("缺少事实", "facts missing"),
        "pass": Words("通过", "passed"),
        "not_applicable": Words("不适用", "does not apply"),
    },
    "TOLD": {
        "event.freed": Words("已放行", "freed"),
        "event.stopped": Words("已拒绝", "stopped"),
        "case.opened": Words("立案", "case opened"),
    },
    "RELATIONS": {
        "same_scheme": Words("属同一手法", "of the same scheme as"),
        "duplicate": Words("与之重复", "a duplicate of"),
        "follows_from": Words("由该案引起", "follows from"),
        "leads_to": Words("引起该案", "leads to"),
        "about": Words("涉及", "about"),
        "party": Words("主体", "a party"),
        "work": Words("作品", "a work"),
        "token": Words("藏品", "a token"),
        "finding": Words("市场发现", "a finding"),
    },
    "CASE_STATUS": {
        "open": Words("待处理", "open"),
        "waiting_confirmation": Words("待第二人确认", "waits for a second person"),
        "answered": Words("已答复", "answered"),
        "closed": Words("已结", "closed"),
    },
    "SEVERITIES": {
        "critical": Words("紧急", "critical"),
        "high": Words("高", "high"),
        "medium": Words("中", "medium"),
        "low": Words("低", "low"),
    },
    "ACTIONS": {
        "release": Words("放行", "release"),
        "refuse": Words("拒绝", "refuse"),
        "override": Words("破例", "override"),
    },
}
"""What codes of the console are called, by table."""


def tell(key: str, language: Language, **values: object) -> str:
    """Return a text with its blanks filled, as `pages.words.say` does for the reports.

    `n` equal to one takes the entry `key.one` where there is one.
    """
    chosen = f"{key}.one" if values.get("n") == 1 and f"{key}.one" in TEXTS else key
    filled = {k: thousands(v) if isinstance(v, int) else str(v) for k, v in values.items()}
    return pick(TEXTS[chosen], language).format(**filled)
