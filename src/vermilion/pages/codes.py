"""What the codes of the domain are called: verdicts, classes of norm, evidence, things, roles."""

from __future__ import annotations

from vermilion.rulebook import Words

VERDICT_ORDER = ("deny", "review", "condition", "allow", "not_applicable")
"""Verdicts from the strongest to the neutral one: the order of every tile, bar and legend."""

VERDICTS = {
    "deny": Words("不得进行", "must not go ahead"),
    "review": Words("须人工审核", "needs a person"),
    "condition": Words("附条件进行", "may go ahead on conditions"),
    "allow": Words("可以进行", "may go ahead"),
    "not_applicable": Words("不适用", "no rule applies"),
}

BINDINGS = {
    "S": Words("法律", "statute"),
    "R": Words("行政法规或部门规章", "administrative regulation or departmental rule"),
    "N": Words("规范性文件", "normative notice"),
    "J": Words("司法裁判", "court decision"),
    "G": Words("监管指引", "regulator's guidance"),
    "V": Words("行业自律", "voluntary self-regulation"),
    "P": Words("平台规则", "platform's own terms"),
    "O": Words("经营者政策", "operator's policy"),
}
"""Classes of norm: what kind of text a clause stands in."""

TIERS = {
    "A": Words("A 级：已在公开文本库读到原文", "tier A: text read in a public mirror"),
    "B": Words("B 级：媒体或官方网页转载", "tier B: reproduced by the press or an official page"),
    "C": Words("C 级：仅见摘要", "tier C: known from a summary"),
    "D": Words("D 级：凭记忆，未见文本", "tier D: recalled, text not seen"),
}
"""Evidence tiers: how the words of a clause are known."""

STATUSES = {
    "draft": Words("草稿，未经人工核对", "draft, not yet checked by a person"),
    "verified": Words("已人工核对", "checked by a person"),
}

BINDS = {
    "law": Words("法律义务", "binds as law"),
    "membership": Words("会员义务", "binds as a duty of membership"),
    "policy": Words("自行采纳的政策", "adopted as policy"),
    "guidance": Words("参考，不具约束力", "guidance, does not bind"),
}
"""What a clause is for this operator."""

KINDS = {
    "party": Words("个主体", "party|parties"),
    "platform": Words("个平台", "platform|platforms"),
    "work": Words("件作品", "work|works"),
    "token": Words("件藏品", "token|tokens"),
    "issue": Words("次发行", "issue|issues"),
    "offer": Words("次发售", "offer|offers"),
    "sale": Words("笔买卖", "sale|sales"),
    "transfer": Words("笔转让", "transfer|transfers"),
    "payment": Words("笔付款", "payment|payments"),
    "holding": Words("笔持有", "holding|holdings"),
    "loan": Words("笔借款", "loan|loans"),
    "product": Words("项金融产品", "product|products"),
    "post": Words("条内容", "post|posts"),
    "notice": Words("份通知", "notice|notices"),
    "resolution": Words("次处理", "resolution|resolutions"),
    "finding": Words("项发现", "finding|findings"),
    "case": Words("条办案记录", "entry on a case|entries on cases"),
    "access": Words("次查阅或变更", "access|accesses"),
    "list": Words("份名单", "watch list|watch lists"),
    "erasure": Words("次个人信息删除", "erasure|erasures"),
    "event": Words("项事件", "event|events"),
    "collection": Words("个系列", "collection|collections"),
}
"""Things that a fact may be asked for: Chinese with its measure word, English as one|many."""

EVENT_NAMES = {
    "party": Words("主体信息", "party"),
    "platform": Words("平台信息", "platform"),
    "work": Words("作品信息", "work"),
    "issue": Words("发行", "issue"),
    "offer": Words("发售", "offer"),
    "sale": Words("买卖", "sale"),
    "transfer": Words("转让", "transfer"),
    "payment": Words("付款", "payment"),
    "holding": Words("持有", "holding"),
    "loan": Words("借款", "loan"),
    "product": Words("金融产品", "product"),
    "post": Words("内容发布", "post"),
    "notice": Words("通知", "notice"),
    "resolution": Words("人工处理", "resolution"),
    "finding": Words("发现", "finding"),
    "case": Words("办案", "work on a case"),
    "access": Words("查阅与变更", "access"),
    "list": Words("名单更新", "watch list"),
    "erasure": Words("个人信息删除", "erasure of a person"),
}

ROLES = {
    "issuer": Words("发行方", "issuer"),
    "seller": Words("卖方", "seller"),
    "buyer": Words("买方", "buyer"),
    "sender": Words("转出方", "sender"),
    "recipient": Words("接收方", "recipient"),
    "payer": Words("付款方", "payer"),
    "payee": Words("收款方", "payee"),
    "holder": Words("持有人", "holder"),
    "acquirer": Words("取得方", "acquirer"),
    "lender": Words("出借方", "lender"),
    "borrower": Words("借款方", "borrower"),
    "provider": Words("提供方", "provider"),
    "client": Words("客户", "client"),
    "author": Words("作者", "author"),
    "notifier": Words("通知人", "notifier"),
    "by": Words("处理人", "who decides"),
    "asked_by": Words("要求者", "who asked for it"),
}
"""Roles that parties take in an event."""

OUTCOMES = {
    "hit": Words("命中", "hit"),
    "missing": Words("缺少事实", "facts missing"),
}

PLACES = {
    "CN": Words("中国", "China"),
    "HK": Words("中国香港", "Hong Kong"),
    "MO": Words("中国澳门", "Macao"),
    "TW": Words("中国台湾", "Taiwan"),
    "EU": Words("欧盟", "European Union"),
    "GB": Words("英国", "United Kingdom"),
    "JP": Words("日本", "Japan"),
    "KR": Words("韩国", "South Korea"),
    "SG": Words("新加坡", "Singapore"),
    "US": Words("美国", "United States"),
}
"""Places for which there are rulebooks, and their neighbours."""

OPERATOR_WORDS = {
    "platform": Words("平台", "platform"),
    "issuer": Words("发行方", "issuer"),
    "museum": Words("博物馆", "museum"),
    "brand": Words("品牌方", "brand"),
    "artist": Words("艺术家", "artist"),
    "bank": Words("银行", "bank"),
    "broker": Words("证券公司", "broker"),
    "insurer": Words("保险公司", "insurer"),
    "payment_institution": Words("支付机构", "payment institution"),
    "social_platform": Words("社交平台", "social platform"),
    "auction_house": Words("拍卖企业", "auction house"),
    "trading_venue": Words("交易场所", "trading venue"),
    "NIFA": Words("中国互联网金融协会", "NIFA"),
    "CBA": Words("中国银行业协会", "CBA"),
    "SAC": Words("中国证券业协会", "SAC"),
    "PCAC": Words("中国支付清算协会", "PCAC"),
    "CMCA": Words("中国移动通信联合会", "CMCA"),
    "CAICI": Words("中国通信工业协会", "CAICI"),
    "CCIA": Words("中国文化产业协会", "CCIA"),
    **PLACES,
}
"""Roles, memberships and territories that an operator states of itself."""


THEMES = {
    "CN-N1": Words("倡议（一）：不包含金融资产", "Initiative 1: no financial assets inside"),
    "CN-N2": Words("倡议（二）：不拆分、不批量创设", "Initiative 2: no splitting, no mass minting"),
    "CN-N3": Words("倡议（三）：不提供集中交易", "Initiative 3: no central trading"),
    "CN-N4": Words("倡议（四）：不以虚拟货币计价结算", "Initiative 4: no virtual currency"),
    "CN-N5": Words("倡议（五）：实名认证与反洗钱", "Initiative 5: identity and money laundering"),
    "CN-N6": Words("倡议（六）：不投资、不融资", "Initiative 6: no investing, no financing"),
    "CN-N42": Words("现实资产代币化", "Tokens of real-world assets"),
    "CN-P2": Words("价值支撑与理性消费", "Supported value and sober buying"),
    "CN-PR": Words("价格与公平竞争", "Prices and fair competition"),
    "CN-AD": Words("广告与宣传", "Advertising"),
    "CN-IP": Words("知识产权", "Intellectual property"),
    "CN-RL": Words("文物", "Cultural relics"),
    "CN-CT": Words("内容", "Content"),
    "CN-MN": Words("未成年人与盲盒", "Minors and blind boxes"),
    "CN-LC": Words("许可与备案", "Licences and filings"),
    "CN-DS": Words("信息披露", "Disclosure"),
    "CN-NM": Words("企业名称", "Company names"),
    "CN-FX": Words("支付与结算", "Payment and settlement"),
    "CN-PAY": Words("支付与结算", "Payment and settlement"),
}
"""What families of rules are about, by the rule's id without its number."""


def named(table: dict[str, Words], code: str) -> Words:
    """Return what a code is called, or the code itself where the table does not know it."""
    return table.get(code) or Words(code, code)
