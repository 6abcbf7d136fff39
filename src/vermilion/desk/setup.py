"""The files a book starts with that people read and edit: its configuration, and house rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from vermilion.rulebook import Configuration, Officer
from vermilion.rulebook.yaml_text import commented, quoted

Language = Literal["zh", "en"]

_COMMENTS: dict[str, dict[Language, str]] = {
    "head": {
        "en": "Who runs this market, and how its book is run.\n"
        "What stands here decides which norms bind you, and is part of every decision's digest.",
        "zh": "本市场由谁运营，账簿如何运作。\n此处内容决定哪些规范约束贵方，并计入每项裁定的摘要。",
    },
    "operator": {
        "en": "Your name, as reports show it.",
        "zh": "贵方名称，报告中照此显示。",
    },
    "roles": {
        "en": "What you are to the law; every role that fits: platform, issuer, museum, brand,\n"
        "artist, bank, broker, insurer, payment_institution, social_platform, auction_house,\n"
        "trading_venue.",
        "zh": "贵方在法律上的身份，可填多项：platform 平台、issuer 发行方、museum 博物馆、brand 品牌、\n"
        "artist 艺术家、bank 银行、broker 证券公司、insurer 保险公司、payment_institution 支付机构、\n"
        "social_platform 社交平台、auction_house 拍卖行、trading_venue 交易场所。",
    },
    "memberships": {
        "en": "Associations you are a member of: NIFA, CBA, SAC, PCAC, CMCA, CAICI, CCIA.",
        "zh": "贵方加入的协会：NIFA、CBA、SAC、PCAC、CMCA、CAICI、CCIA。",
    },
    "territory": {
        "en": "Where you operate: a country's two letters.",
        "zh": "经营所在地：国家或地区的两位字母代码。",
    },
    "adopts": {
        "en": "Ids of instruments or rules that you follow as your own policy though they do not\n"
        "bind you; `vermilion rules list` shows them.",
        "zh": "虽不受其约束、但自愿作为自有政策遵守的文件或规则编号；见 `vermilion rules list`。",
    },
    "officers": {
        "en": "Who may answer reviews and sign for rulebooks; where nobody is named, anybody may.\n"
        "`key` is the officer's Ed25519 public key in base64, where answers are signed; `may`\n"
        "narrows what the officer decides: release, refuse, override, cause, activation.",
        "zh": "谁可以处理复核并启用规则集；未列任何人时，任何人均可。\n"
        "`key` 为其 Ed25519 公钥（base64），有则须签名；`may` 限定其权限：\n"
        "release 放行、refuse 拒绝、override 破例、cause 按事由一并处理、activation 启用规则集。",
    },
    "two_people": {
        "en": "What takes two people: release, refuse, override, cause (an answer for every event\n"
        "with the same cause), activation (of a rulebook).",
        "zh": "哪些事须两人同意：release 放行、refuse 拒绝、override 破例、\n"
        "cause 按事由一并处理、activation 启用规则集。",
    },
    "rulebooks": {
        "en": "What `vermilion check` judges by: names of shipped rulebooks, or folders. Add `permits`\n"
        "where a platform works through permits: it denies what settled without one.",
        "zh": "`vermilion check` 所依据的规则集：随附规则集的名称，或文件夹路径。\n"
        "凭许可运作的平台可加上 `permits`：未经许可即已发生的事项由其判为禁止。",
    },
    "cases": {
        "en": "In how many days a case is answered: by the beginning of the rule's id, from a day on.\n"
        "`basis` is the clause behind it, or policy; the empty beginning is for all other rules.",
        "zh": "案件须在多少日内处理：按规则编号的开头、自某日起适用。\n"
        "basis 为所依据的条款或 policy（自定政策）；空的开头适用于其余规则。",
    },
    "permits": {
        "en": "How many minutes a permit holds (1 to 43,200), and which sources of events need one\n"
        "though they never propose. Policy.",
        "zh": "许可有效的分钟数（1 至 43,200），以及哪些来源虽从不提请、其事件也须有许可。属自定政策。",
    },
}

_HOUSE_RULES: dict[Language, str] = {
    "en": """\
# House rules

What you add to a shipped rulebook goes here and survives its upgrades, in a folder named after it:

    overlay/cn/rules/XX-HOUSE-01.yaml    a rule of your own, named after its id
    overlay/cn/parameters.yaml           numbers; likewise instruments, lists, windows

`docs/rulebook-format.md` tells how they are written; `vermilion rules show CN-N4-01` shows a rule.
They are part of the rulebook's digest.
""",
    "zh": """\
# 自定规则

贵方对随附规则集的补充放在这里，升级后仍然保留；文件夹以规则集命名：

    overlay/cn/rules/XX-HOUSE-01.yaml    自定规则，以规则编号命名
    overlay/cn/parameters.yaml           数值；instruments、lists、windows 亦同

写法见 `docs/rulebook-format.md`；`vermilion rules show CN-N4-01` 可看一例规则。
补充内容计入规则集的摘要。
""",
}


def starting_files(
    configuration: Configuration | None = None, language: Language = "en"
) -> dict[str, str]:
    """Return what a new book holds beside keys and record, by path inside the book.

    Raises:
        UsageError: a text in the configuration cannot be written as UTF-8.
    """
    return {
        "book.yaml": configuration_text(configuration or Configuration(), language),
        "overlay/README.md": _HOUSE_RULES[language],
    }


def configuration_text(configuration: Configuration, language: Language = "en") -> str:
    """Return a `book.yaml` with a comment on every key; `load_configuration` reads it back equal.

    Raises:
        UsageError: a text cannot be written as UTF-8.
    """
    permits = configuration.permits
    values = {
        "operator": quoted(configuration.operator),
        "roles": _words(configuration.roles),
        "memberships": _words(configuration.memberships),
        "territory": quoted(configuration.territory),
        "adopts": _listed(configuration.adopts),
        "officers": _officers(configuration.officers),
        "two_people": _words(configuration.two_people),
        "rulebooks": _listed(configuration.rulebooks),
        "cases": _cases(configuration),
        "permits": f"\n  minutes: {permits.minutes}\n  required_of: {_listed(permits.required_of)}",
    }
    parts = [commented(_COMMENTS["head"][language])]
    for key, value in values.items():
        line = f"{key}:{value}" if value.startswith("\n") else f"{key}: {value}"
        parts.append(f"{commented(_COMMENTS[key][language])}{line}\n")
    return "\n".join(parts)


def _cases(configuration: Configuration) -> str:
    """Return the deadlines of cases, a line for each beginning of a rule's id."""
    plain = msgspec.to_builtins(configuration.cases.deadlines)
    lines = [
        f"    {quoted(prefix)}: {msgspec.json.encode(dated).decode()}"
        for prefix, dated in plain.items()
    ]
    return "\n  deadlines:" + ("\n" + "\n".join(lines) if lines else " {}")


def _listed(texts: list[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def _words(words: Sequence[str]) -> str:
    """List words of a closed vocabulary, none of which YAML could take for something else."""
    return f"[{', '.join(words)}]"


def _officers(officers: list[Officer]) -> str:
    if not officers:
        return "[]"
    lines = []
    for officer in officers:
        lines.append(f"\n  - id: {quoted(officer.id)}")
        if officer.key is not None:
            lines.append(f"\n    key: {quoted(officer.key)}")
        if officer.may is not None:
            lines.append(f"\n    may: {_words(officer.may)}")
    return "".join(lines)
