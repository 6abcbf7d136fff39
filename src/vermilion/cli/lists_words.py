"""What `vermilion lists` says, in Chinese and English."""

from __future__ import annotations

from vermilion.facts.entities import ListMatch, ListVersion
from vermilion.pages.words import Language

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "none": "no list is in force",
        "screened": "{parties:,} screened, {hits:,} named, {unknown:,} of whom nothing is known "
        "to screen by",
        "rescreened": "{parties:,} known parties screened: {new:,} named anew or otherwise, "
        "{gone:,} no longer named",
        "gone": "{party}: no longer named",
        "not_now": "not in force today: it begins later, or another version of `{name}` or its "
        "removal began after it; `--from` says from when it holds",
    },
    "zh": {
        "none": "没有生效的名单",
        "screened": "已筛查 {parties:,} 个，命中 {hits:,} 个，无可筛查信息 {unknown:,} 个",
        "rescreened": "已复筛 {parties:,} 个已知主体：新命中或命中有变 {new:,} 个，不再命中 {gone:,} 个",
        "gone": "{party}：不再命中",
        "not_now": "该版本目前不生效：其生效日未到，或“{name}”的另一版本或移除晚于其生效；用 `--from` 指明生效时间",
    },
}

DIFF_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "added": "entries added",
        "removed": "entries taken off",
        "changed": "entries described anew",
        "wallets_added": "wallets added",
        "wallets_removed": "wallets taken off",
    },
    "zh": {
        "added": "新增条目",
        "removed": "移除条目",
        "changed": "内容有变的条目",
        "wallets_added": "新增钱包",
        "wallets_removed": "移除钱包",
    },
}

_BY: dict[Language, dict[str, str]] = {
    "en": {"identifier": "identifier", "wallet": "wallet", "name": "name"},
    "zh": {"identifier": "证件号码", "wallet": "钱包地址", "name": "名称"},
}
_KINDS: dict[Language, dict[str, str]] = {
    "en": {"weak_alias": "weak alias", "original_script": "original script"},
    "zh": {
        "primary": "主名称",
        "alias": "别名",
        "weak_alias": "弱别名",
        "original_script": "原文名称",
        "passport": "护照",
        "national_id": "身份证件",
        "company": "单位代码",
    },
}


def match_line(party: str, match: ListMatch, lang: Language) -> str:
    """Say which entry of which list names a party, and by what."""
    by = _BY[lang][match.by]
    kind = match.kind and _KINDS[lang].get(match.kind, match.kind)
    if lang == "zh":
        how = f"{by}（{kind}）" if kind else by
        return f"{party}：{match.list} {match.version}，条目 {match.entry}，{how}，可信度 {match.confidence}%"
    how = f"{by} ({kind})" if kind else by
    return f"{party}: {match.list} {match.version}, entry {match.entry}, by {how}, {match.confidence} %"


def version_line(version: ListVersion, lang: Language) -> str:
    """Say which version of a list it is and what it holds."""
    counts = [version.entries, version.names, version.identifiers, version.wallets]
    entries, names, identifiers, wallets = (one or 0 for one in counts)
    digest = (version.digest or "-")[:16]
    if lang == "zh":
        return (
            f"{version.id} {version.version}（{version.date}，摘要 {digest}）：条目 {entries:,}，"
            f"名称 {names:,}，证件 {identifiers:,}，钱包 {wallets:,}"
        )
    return (
        f"{version.id} {version.version} ({version.date}, digest {digest}): {entries:,} entries, "
        f"{names:,} names, {identifiers:,} identifiers, {wallets:,} wallets"
    )
