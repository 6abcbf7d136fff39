"""The names of facts, by the type that holds them and the field.

Each stands alone as the head of a column, before a value, or in a list of what to supply.
"""

from __future__ import annotations

from vermilion.rulebook import Words

FACT_WORDS: dict[str, Words] = {
    # Money
    "Money.amount": Words("数额", "amount"),
    "Money.currency": Words("币种", "currency"),
    # Party
    "Party.id": Words("主体编号", "party id"),
    "Party.kind": Words("个人或机构", "kind of party (person or organisation)"),
    "Party.name": Words("名称", "name"),
    "Party.memberships": Words("协会会员身份", "memberships of associations"),
    "Party.controlled_by": Words("控制人", "controlling persons"),
    "Party.kyc": Words("实名认证情况", "identity check"),
    "Party.birth_date": Words("出生日期", "date of birth"),
    "Party.self_supporting": Words("是否以自己劳动收入为主要生活来源", "living on own wages"),
    "Party.guardian_consents": Words("监护人同意", "guardian's consents"),
    "Party.residency": Words("居住国家或地区", "country of residence"),
    "Party.lists_hit": Words("名单筛查结果", "result of list screening"),
    "Party.control": Words("控制链结论", "findings on the control chain"),
    "Party.identity": Words("账户背后的真实身份", "identity behind the account"),
    "Party.holds_for": Words("代谁持有", "persons it holds for"),
    "Party.related_to": Words("关联主体", "related parties"),
    "Party.account_check": Words("账户核查结果", "result of the account check"),
    "Party.registered_name": Words("登记名称", "registered name"),
    "Party.business_scope": Words("登记的经营范围", "registered business scope"),
    "AccountCheck.duplicate": Words("是否一人多户", "whether the same person has another account"),
    "AccountCheck.fictitious": Words("是否假名账户", "whether the account is fictitious"),
    "Party.person": Words("账户背后的本人", "person behind the account"),
    "Party.beneficial": Words("实际持有人", "beneficial holders"),
    "Party.wallets": Words("所用钱包地址", "wallets in use"),
    "Party.list_matches": Words("命中的名单条目", "list entries that match"),
    "ListMatch.list": Words("名单", "list"),
    "ListMatch.version": Words("名单版本", "version of the list"),
    "ListMatch.entry": Words("名单条目编号", "entry of the list"),
    "ListMatch.by": Words("匹配依据", "what matches (identifier, wallet or name)"),
    "ListMatch.kind": Words("所匹配名称或证件的种类", "kind of name or identifier that matches"),
    "ListMatch.confidence": Words("匹配可信度", "confidence of the match"),
    "Kyc.status": Words("实名认证状态", "status of the identity check"),
    "Kyc.level": Words("实名认证等级", "level of the identity check"),
    "Kyc.method": Words("实名认证方式", "method of the identity check"),
    "Kyc.verified_at": Words("实名认证时间", "time of the identity check"),
    "Kyc.expires_on": Words("实名认证到期日", "expiry of the identity check"),
    "GuardianConsent.guardian": Words("监护人", "guardian"),
    "GuardianConsent.purposes": Words("监护人同意的事项", "purposes the guardian consents to"),
    "GuardianConsent.limit": Words("监护人同意的限额", "limit of the guardian's consent"),
    "GuardianConsent.valid_from": Words("监护人同意起始日", "first day of the guardian's consent"),
    "GuardianConsent.valid_until": Words("监护人同意截止日", "last day of the guardian's consent"),
    "Control.controllers": Words("全部上层控制人", "all controllers up the chain"),
    "Control.memberships": Words("控制人的协会会员身份", "memberships of the controllers"),
    "Control.lists_hit": Words("控制人的名单筛查结果", "list screening of the controllers"),
    "Control.known_memberships": Words(
        "已知控制人的协会会员身份", "memberships of those controllers that are known"
    ),
    "Control.known_lists_hit": Words(
        "已知控制人的名单筛查结果", "list screening of those controllers that are known"
    ),
    # Watch list
    "ListVersion.id": Words("名单", "list"),
    "ListVersion.version": Words("名单版本", "version of the list"),
    "ListVersion.date": Words("名单日期", "day the list is of"),
    "ListVersion.digest": Words("名单摘要", "digest of the list"),
    "ListVersion.source": Words("名单来源", "source of the list"),
    "ListVersion.entries": Words("名单条目数", "entries of the list"),
    "ListVersion.names": Words("名单所载名称数", "names on the list"),
    "ListVersion.identifiers": Words("名单所载证件数", "identifiers on the list"),
    "ListVersion.wallets": Words("名单所载钱包数", "wallets on the list"),
    "ListVersion.retired": Words("名单是否停用", "whether the list is retired"),
    "ListStatement.list": Words("名单", "watch list"),
    # Platform
    "Platform.id": Words("平台编号", "platform id"),
    "Platform.operator": Words("平台经营者", "operator of the platform"),
    "Platform.licences": Words("平台许可与备案", "licences and filings of the platform"),
    "Platform.chain": Words("所用区块链", "ledger in use"),
    "Platform.features": Words("平台功能清单", "inventory of platform features"),
    "Platform.payment_channels": Words("支付渠道", "payment channels"),
    "Platform.filing_number_shown": Words(
        "是否在页面标明备案编号", "whether the filing number is shown"
    ),
    "Platform.financing_offered": Words(
        "是否为购买提供融资", "whether financing is offered to buyers"
    ),
    "Platform.points": Words("积分与代金券规则", "rules on points and vouchers"),
    "Points.convertible": Words("积分能否兑换现金", "whether points convert into cash"),
    "Points.transferable": Words("积分能否转让", "whether points can be transferred"),
    "Points.capped": Words("积分是否设上限", "whether points are capped"),
    "Platform.retention": Words("资料保存制度", "retention of records"),
    "Retention.identity_months": Words("身份资料保存月数", "months that identity material is kept"),
    "Retention.transaction_months": Words(
        "交易记录保存月数", "months that transaction records are kept"
    ),
    "Retention.trade_information_months": Words(
        "商品服务信息保存月数", "months that trade information is kept"
    ),
    "Retention.network_log_months": Words("网络日志留存月数", "months that network logs are kept"),
    "Retention.content_months": Words(
        "发布内容及日志保存月数", "months that posted content is kept"
    ),
    "Retention.reconstructable": Words(
        "能否还原每笔交易", "whether each transaction can be reconstructed"
    ),
    "Retention.deletes_when_due": Words(
        "期满是否删除个人信息", "whether personal data are deleted when due"
    ),
    "Licence.type": Words("许可种类", "type of licence"),
    "Licence.number": Words("许可编号", "licence number"),
    "Licence.valid_from": Words("许可起始日", "first day of the licence"),
    "Licence.valid_until": Words("许可截止日", "last day of the licence"),
    "Chain.name": Words("区块链名称", "name of the ledger"),
    "Chain.filing_number": Words("区块链备案编号", "filing number of the ledger"),
    "Chain.permission": Words("许可链或公链", "permission model of the ledger"),
    # Work
    "Work.id": Words("作品编号", "work id"),
    "Work.kind": Words("作品类型", "kind of work"),
    "Work.sha256": Words("作品文件哈希", "hash of the work's file"),
    "Work.title": Words("作品名称", "title of the work"),
    "Work.author": Words("作者", "author"),
    "Work.ai_generated": Words("是否人工智能生成", "whether it was generated by AI"),
    "Work.ai_labels": Words("人工智能生成标识", "labels of AI-generated content"),
    "Work.licence_chain": Words("授权链", "licence chain from author to issuer"),
    "Work.licence": Words("授权结论", "findings on the licence chain"),
    "Work.depicts_relic": Words("是否表现文物", "whether it shows a cultural relic"),
    "Work.relic": Words("文物情况", "details of the cultural relic"),
    "Work.subjects": Words("作品涉及的敏感题材", "sensitive subjects of the work"),
    "Work.subject_approved": Words("题材是否已获批准", "whether the subject was approved"),
    "Work.map_approved": Words("地图是否已经审核", "whether the map was approved"),
    "Work.review": Words("铸造前权属审查", "review of rights before minting"),
    "Work.content_review": Words("内容审核", "review of content"),
    "Work.restraints": Words("对作品的限制措施", "restraints on the work"),
    "RightsReview.initial_proof": Words(
        "有无初步权属证明", "whether there is initial proof of ownership"
    ),
    "RightsReview.similarity_bp": Words(
        "与已知作品的相似度（万分之一）", "similarity to known works (1/10,000)"
    ),
    "RightsReview.watermark_mismatch": Words(
        "可见署名或水印是否不符", "whether a visible signature or watermark differs"
    ),
    "ContentReview.done": Words("是否完成内容审核", "whether the content was reviewed"),
    "ContentReview.hits": Words("内容审核命中项", "what the content review found"),
    "ContentReview.reported": Words(
        "命中内容是否记录并报告", "whether what was found was recorded and reported"
    ),
    "Restraint.kind": Words("限制措施种类", "kind of restraint"),
    "Restraint.document": Words("限制措施文号", "document behind the restraint"),
    "Restraint.valid_from": Words("限制措施起始日", "first day of the restraint"),
    "Restraint.valid_until": Words("限制措施截止日", "last day of the restraint"),
    "CopyrightLicence.licensor": Words("许可人", "licensor"),
    "CopyrightLicence.licensee": Words("被许可人", "licensee"),
    "CopyrightLicence.rights": Words("授权的权利", "rights licensed"),
    "CopyrightLicence.territories": Words("授权地域", "territories licensed"),
    "CopyrightLicence.media": Words("授权媒介", "media licensed"),
    "CopyrightLicence.edition_limit": Words("授权份数上限", "number of copies licensed"),
    "CopyrightLicence.edition_unlimited": Words("授权是否不限份数", "whether copies are unlimited"),
    "CopyrightLicence.valid_from": Words("授权起始日", "first day of the copyright licence"),
    "CopyrightLicence.valid_until": Words("授权截止日", "last day of the copyright licence"),
    "CopyrightLicence.document_sha256": Words("授权文件哈希", "hash of the licence document"),
    "LicenceReach.unbroken": Words("授权链是否完整", "whether the licence chain is unbroken"),
    "LicenceReach.in_force": Words("授权是否在有效期内", "whether the licence chain is in force"),
    "LicenceReach.rights": Words("授权链给予的权利", "rights the licence chain gives"),
    "LicenceReach.territories": Words("授权链覆盖的地域", "territories the licence chain covers"),
    "LicenceReach.edition_limit": Words(
        "授权链允许的份数", "number of copies the licence chain allows"
    ),
    "LicenceReach.edition_unlimited": Words(
        "授权链是否不限份数", "whether the licence chain allows unlimited copies"
    ),
    "Relic.institution": Words("文物收藏单位", "institution that keeps the relic"),
    "Relic.inventory_number": Words("文物藏品编号", "inventory number of the relic"),
    "Relic.grade": Words("文物级别", "grade of the relic"),
    "Relic.released_by": Words("文物数据发布方", "source that released the relic's data"),
    "Relic.data_kind": Words("文物数据种类", "kind of relic data"),
    "Relic.copy_method": Words("文物复制方式", "method by which the relic was copied"),
    "Relic.approval_number": Words("文物批准文号", "approval number for the relic"),
    "Relic.approval_level": Words("文物批准机关级别", "level of the approving authority"),
    "Relic.institution_authorised": Words(
        "收藏单位是否授权", "whether the institution authorised the use"
    ),
    "Relic.creative_contribution": Words(
        "是否有独创性贡献", "whether there is a creative contribution"
    ),
    # Token
    "Token.id": Words("藏品编号", "token id"),
    "Token.collection": Words("所属系列", "collection"),
    "Token.work": Words("对应作品", "work behind the token"),
    "Token.issuer": Words("藏品发行方", "issuer of the token"),
    "Token.underlying": Words("底层商品类别", "classes of underlying goods"),
    "Token.redeemable_for": Words("可兑换的商品类别", "classes of goods it can be redeemed for"),
    "Token.redeems": Words("可兑换的藏品", "tokens it can be redeemed for"),
    "Token.holds": Words("组合或基金所含藏品", "tokens it is a basket or fund of"),
    "Token.reach": Words("底层穿透结论", "findings on what lies underneath"),
    "TokenReach.classes": Words("穿透后的商品类别", "classes of goods found all the way down"),
    "TokenReach.known_classes": Words(
        "穿透后已知的商品类别", "classes of goods found so far, all the way down"
    ),
    "TokenReach.collectibles": Words("穿透后是否含数字藏品", "whether collectibles lie underneath"),
    "Token.rights": Words("藏品附带的权利", "rights the token conveys"),
    "Token.edition": Words("版次情况", "edition"),
    "Token.divisible": Words("是否可分割", "whether it can be divided"),
    "Token.decimals": Words("小数位数", "number of decimals"),
    "Token.fraction_of": Words("拆分自哪些藏品", "tokens it is a fraction of"),
    "Token.pooled": Words("是否汇集成池", "whether it is pooled"),
    "Token.co_owned": Words("是否共有", "whether it is co-owned"),
    "Token.metadata_sha256": Words("元数据哈希", "hash of the metadata"),
    "Token.transferable_for_value": Words(
        "能否有偿转让", "whether it can be transferred for value"
    ),
    "Token.approval_number": Words("业务批准文号", "approval number for the token"),
    "Token.character": Words("藏品的性质", "character of the token"),
    "Character.unique": Words(
        "每件是否独一无二（编号不同不算）",
        "whether each unit is unique in what it is valued for (an id is not enough)",
    ),
    "Character.fungible_in_practice": Words(
        "实际上各件能否互相替代", "whether its units stand for one another in practice"
    ),
    "Character.fractional": Words(
        "是否可分割、为份额或被汇集", "whether it can be divided, is a fraction, or is pooled"
    ),
    "Character.financial_asset": Words(
        "穿透后是否为金融资产", "whether what it comes to is a financial asset"
    ),
    "Character.transferable": Words("能否转让（包括转赠）", "whether it can be transferred at all"),
    "Character.payment_use": Words("是否用作支付手段", "whether it is used as a means of payment"),
    "Character.investment_use": Words(
        "实际上是否用于投资", "whether it is used for investment in practice"
    ),
    "Character.coin_exchange": Words(
        "不特定人之间能否换成虚拟资产",
        "whether anybody can exchange it for virtual assets",
    ),
    "Character.profit_promise": Words(
        "是否使买方期待获利", "whether buyers are led to expect a profit"
    ),
    "Character.efforts_promise": Words(
        "发行方是否承诺以其经营努力提升价值",
        "whether the issuer promises efforts that raise its value",
    ),
    "Character.financial_rights": Words(
        "持有人是否有获得给付的权利", "whether holders have a claim to be paid"
    ),
    "Token.scheme": Words("集体投资计划的要素", "elements of a collective investment scheme"),
    "Scheme.arrangement": Words(
        "是否为关于财产的安排", "whether it is an arrangement about property"
    ),
    "Scheme.no_daily_control": Words(
        "持有人是否不参与日常管理",
        "whether holders lack day-to-day control of the property",
    ),
    "Scheme.managed_or_pooled": Words(
        "是否整体管理或者汇集出资与收益",
        "whether the property is managed as a whole, or contributions pooled",
    ),
    "Scheme.profit_sharing": Words(
        "持有人是否分享利润或收益", "whether holders are to share in profits or income"
    ),
    "Token.synthesis": Words("合成规则", "rules of synthesis"),
    "Token.value_support": Words("价值支撑材料", "support for the token's value"),
    "Token.price_band": Words("价格区间", "price band of the token"),
    "Token.chain_record": Words("上链情况", "record on chain"),
    "Synthesis.fragments_sold": Words("碎片是否出售", "whether fragments are sold"),
    "Synthesis.fragments_transferable_for_value": Words(
        "碎片能否有偿转让", "whether fragments can be transferred for value"
    ),
    "Synthesis.recipe_published": Words("合成规则是否公布", "whether the recipe is published"),
    "Synthesis.recipe_fixed": Words("合成规则是否固定", "whether the recipe is fixed"),
    "ValueSupport.documented": Words("有无价值支撑材料", "whether there is a value dossier"),
    "ValueSupport.supported_value": Words("材料支撑的价值", "value that the dossier supports"),
    "ValueSupport.comparable_price": Words("可比价格", "comparable price"),
    "ValueSupport.document_sha256": Words("价值支撑材料哈希", "hash of the value dossier"),
    "PriceBand.low": Words("价格区间下限", "lower end of the price band"),
    "PriceBand.high": Words("价格区间上限", "upper end of the price band"),
    "PriceBand.as_of": Words("价格区间时点", "moment of the price band"),
    "ChainRecord.claimed": Words("是否宣称上链", "whether it is said to be on chain"),
    "ChainRecord.found": Words("链上是否查得", "whether it was found on chain"),
    "Token.series": Words("藏品系列", "series of the token"),
    "Token.whole": Words("被拆分的整体", "whole that its holders share"),
    "Edition.limited": Words("是否限量", "whether the edition is limited"),
    "Edition.size": Words("发行份数", "size of the edition"),
    "Edition.serial": Words("版次序号", "serial number in the edition"),
    "Edition.fixed": Words("发行份数是否固定", "whether the edition is fixed"),
    "Edition.numbered": Words("是否逐件编号", "whether units are numbered"),
    "Edition.own_metadata": Words("每件是否有独立元数据", "whether each unit has its own metadata"),
    # Every event
    "EventFacts.date": Words("事件的法定日期", "legal date of the event"),
    "EventFacts.type": Words("事件类型", "type of the event"),
    "EventFacts.stage": Words("事件阶段", "stage (proposed, settled, withdrawn)"),
    "EventFacts.time": Words("事件时间", "time of the event"),
    "EventFacts.source": Words("事件来源", "source of the event"),
    "EventFacts.subject": Words("业务编号", "business id"),
    "Envelope.id": Words("事件编号", "event id"),
    "Envelope.source": Words("事件来源", "source of the event"),
    "Envelope.time": Words("事件时间", "time of the event"),
    "Envelope.stage": Words("事件阶段", "stage (proposed, settled, withdrawn)"),
    "Envelope.serial": Words("来源自编的连续编号", "the source's running number"),
    "Envelope.corrects": Words("所更正的事件编号", "id of the event that it corrects"),
    "Envelope.specversion": Words("事件格式版本", "version of the event format"),
    "Envelope.subject": Words("业务编号", "business id"),
    "Envelope.datacontenttype": Words("数据格式", "content type"),
    "Envelope.dataschema": Words("数据模式", "data schema"),
    "Data.inline": Words("随附的主体、平台、作品与藏品", "entities sent along"),
    "Data.provenance": Words("事实来源说明", "provenance of facts"),
    "Inline.parties": Words("随附的主体", "parties sent along"),
    "Inline.platforms": Words("随附的平台", "platforms sent along"),
    "Inline.works": Words("随附的作品", "works sent along"),
    "Inline.tokens": Words("随附的藏品", "tokens sent along"),
    "Provenance.source": Words("事实的来源", "source of the fact"),
    "Provenance.at": Words("事实的时间", "time of the fact"),
    "Provenance.method": Words("事实的取得方式", "method by which the fact was found"),
    "Provenance.confidence": Words("事实的可信度", "confidence in the fact"),
    "Statement.valid_from": Words("陈述起始时间", "start of validity"),
    "Statement.valid_until": Words("陈述截止时间", "end of validity"),
    "PartyStatement.party": Words("主体", "party"),
    "PlatformStatement.platform": Words("平台", "platform"),
    "WorkStatement.work": Words("作品", "work"),
    # Issue
    "Issue.token": Words("发行的藏品", "token issued"),
    "Issue.parties": Words("发行的参与方", "parties to the issue"),
    "Issue.platform": Words("发行平台", "platform of the issue"),
    "IssueRoles.issuer": Words("发行方", "issuer"),
    # Offer
    "Offer.token": Words("发售的藏品", "token on offer"),
    "Offer.work": Words("发售的作品", "work on offer"),
    "Offer.platform": Words("发售平台", "platform of the offer"),
    "Offer.parties": Words("发售的参与方", "parties to the offer"),
    "Offer.price": Words("发售价格", "asking price"),
    "Offer.compared_price": Words("划线对比价", "price it is compared with"),
    "Offer.draw": Words("抽签或盲盒规则", "terms of the draw"),
    "Offer.mode": Words("发售方式", "way of selling"),
    "Offer.opens_at": Words("发售开始时间", "opening time of the offer"),
    "Offer.closes_at": Words("发售结束时间", "closing time of the offer"),
    "Offer.per_person_cap": Words("每人限购数量", "purchase limit per person"),
    "Offer.disclosure": Words("信息披露", "disclosure to buyers"),
    "Offer.ad_texts": Words("广告文案", "advertising texts"),
    "OfferRoles.issuer": Words("发行方", "issuer"),
    "OfferRoles.seller": Words("卖方", "seller"),
    "Disclosure.items": Words("披露事项", "items disclosed"),
    "Disclosure.prominent": Words("披露是否显著", "whether disclosure is prominent"),
    "Disclosure.before_purchase": Words(
        "是否在购买前披露", "whether disclosure comes before purchase"
    ),
    "Disclosure.document_sha256": Words("披露文件哈希", "hash of the disclosure document"),
    "Draw.terms_sha256": Words("抽签规则文件哈希", "hash of the terms of the draw"),
    "Draw.terms_published_at": Words(
        "抽签规则公布时间", "time at which the terms of the draw were published"
    ),
    "Draw.probabilities_published": Words("是否公布抽取概率", "whether the odds are published"),
    "Draw.values_published": Words(
        "是否公布商品价值", "whether the values of the items are published"
    ),
    "Draw.published_table_sha256": Words("公布的概率表哈希", "hash of the published table of odds"),
    "Draw.used_table_sha256": Words("实际使用的概率表哈希", "hash of the table of odds in use"),
    "Draw.top_prize": Words("最高奖价值", "value of the highest prize"),
    "Draw.per_person_cap": Words("每人抽取次数上限", "limit of draws per person"),
    # Sale and payment
    "Sale.token": Words("买卖的藏品", "token sold"),
    "Sale.work": Words("买卖的作品", "work sold"),
    "Sale.platform": Words("成交平台", "platform of the sale"),
    "Sale.offer": Words("对应的发售", "offer that the sale follows"),
    "Sale.parties": Words("买卖双方", "parties to the sale"),
    "Sale.price": Words("成交价格", "sale price"),
    "Sale.settlement": Words("结算情况", "settlement"),
    "Sale.mode": Words("购买方式", "way in which it was sold"),
    "Sale.risk_notice_acknowledged": Words(
        "买方是否确认风险提示", "whether the buyer acknowledged the risk notice"
    ),
    "Sale.automated": Words("是否自动化下单", "whether the order was automated"),
    "Sale.purpose": Words("购买目的", "purpose of the purchase"),
    "SaleRoles.seller": Words("卖方", "seller"),
    "SaleRoles.buyer": Words("买方", "buyer"),
    "SaleRoles.issuer": Words("发行方", "issuer"),
    "PaymentLeg.amount": Words("结算金额", "amount settled"),
    "PaymentLeg.instrument": Words("结算工具", "payment instrument"),
    "PaymentLeg.channel": Words("结算渠道", "payment channel"),
    "PaymentLeg.channel_licensed": Words(
        "结算渠道是否持牌", "whether the payment channel is licensed"
    ),
    "PaymentLeg.funding": Words("资金来源", "source of the funds"),
    "Payment.parties": Words("收付双方", "parties to the payment"),
    "Payment.settlement": Words("付款情况", "settlement"),
    "Payment.sale": Words("对应的买卖", "sale that the payment settles"),
    "Payment.platform": Words("付款平台", "platform of the payment"),
    "PaymentRoles.payer": Words("付款方", "payer"),
    "PaymentRoles.payee": Words("收款方", "payee"),
    # Transfer and holding
    "Transfer.kind": Words("转让方式", "kind of transfer"),
    "Transfer.token": Words("转让的藏品", "token transferred"),
    "Transfer.platform": Words("转让平台", "platform of the transfer"),
    "Transfer.parties": Words("转让双方", "parties to the transfer"),
    "Transfer.acquired_at": Words("转出方取得时间", "time the sender acquired it"),
    "Transfer.consideration": Words("转让所得对价", "consideration given for the transfer"),
    "Transfer.draw": Words("对应的抽签", "draw that the transfer settles"),
    "TransferRoles.sender": Words("转出方", "sender"),
    "TransferRoles.recipient": Words("接收方", "recipient"),
    "Holding.token": Words("持有的藏品", "token held"),
    "Holding.parties": Words("持有的参与方", "parties to the holding"),
    "Holding.quantity": Words("持有数量", "quantity held"),
    "Holding.purpose": Words("持有目的", "purpose of the holding"),
    "HoldingRoles.holder": Words("持有人", "holder"),
    # Loan and product
    "Loan.parties": Words("借贷双方", "parties to the loan"),
    "Loan.principal": Words("借款本金", "principal of the loan"),
    "Loan.purpose": Words("借款用途", "purpose of the loan"),
    "Loan.collateral": Words("质押的藏品", "collectibles given as collateral"),
    "Loan.platform": Words("借款涉及的平台", "platform of the loan"),
    "LoanRoles.lender": Words("出借方", "lender"),
    "LoanRoles.borrower": Words("借款方", "borrower"),
    "Product.kind": Words("金融产品或服务种类", "kind of financial product or service"),
    "Product.parties": Words("金融产品的参与方", "parties to the product"),
    "Product.issued_as_collectibles": Words(
        "份额是否以藏品形式发行", "whether its units are issued as collectibles"
    ),
    "Product.invests_in_collectibles": Words(
        "是否投资于藏品", "whether it invests in collectibles"
    ),
    "Product.token": Words("作为份额发行的藏品", "token its units are issued as"),
    "Product.platform": Words("所服务的平台", "platform it serves"),
    "ProductRoles.provider": Words("提供方", "provider"),
    "ProductRoles.client": Words("客户", "client"),
    # Post
    "Post.text": Words("发布的文字", "text of the post"),
    "Post.purpose": Words("发布目的", "purpose of the post"),
    "Post.chain_partner_proof": Words(
        "是否证明与已备案链合作", "proof of cooperation with a filed chain"
    ),
    "Post.parties": Words("发布的参与方", "parties to the post"),
    "Post.platform": Words("发布平台", "platform of the post"),
    "Post.token": Words("涉及的藏品", "token the post is about"),
    "Post.language": Words("文字语种", "language of the text"),
    "PostRoles.author": Words("发布者", "author of the post"),
    # Resolution and finding
    "EventName.source": Words("所指事件的来源", "source of the event named"),
    "EventName.id": Words("所指事件的编号", "id of the event named"),
    "Resolution.action": Words("处理决定", "what was decided"),
    "Resolution.parties": Words("处理人", "who decides"),
    "Resolution.reason": Words("处理理由", "reason of the decision"),
    "Resolution.event": Words("所处理的事件", "event decided on"),
    "Resolution.cause": Words("所处理的事由", "cause decided on"),
    "Resolution.confirms": Words("所确认的处理", "resolution confirmed"),
    "Resolution.until": Words("处理失效时间", "end of the resolution"),
    "Resolution.signature": Words("处理人的签名", "signature of who decides"),
    "By.by": Words("经办人", "who did it"),
    "Finding.kind": Words("发现的种类", "kind of finding"),
    "Finding.about": Words("发现所涉事件", "event that the finding is about"),
    "Finding.reasons": Words("与许可不符之处", "why no permit covers it"),
    "Finding.proposal": Words("提请的状态", "how its proposal stood"),
    "Finding.permit": Words("许可编号", "id of the permit"),
    "Finding.changed": Words("与提请不同的内容", "facts that differ from the proposal"),
    "Finding.platform": Words("发现所涉平台", "platform that the finding is about"),
    "Finding.pattern": Words("发现的交易模式", "pattern found in trade"),
    "Finding.detector": Words("检测方法", "detector"),
    "Finding.score": Words("把握程度（百分比）", "score (percent)"),
    "Finding.rows": Words("所依据的事件", "events that show it"),
    "Finding.token": Words("发现所涉藏品", "token that the finding is about"),
    "Finding.disposition": Words("发现的处理状态", "what became of the finding"),
    "Finding.disposition_reason": Words("发现的处理理由", "why it was disposed of so"),
    "Finding.told_concerned": Words("是否告知当事人", "whether anybody concerned was told"),
    "Finding.first_serial": Words("缺失编号之首", "first number left out"),
    "Finding.last_serial": Words("缺失编号之末", "last number left out"),
    "Finding.version": Words("检测方法的版本", "version of the detector"),
    "Finding.parameters_sha256": Words(
        "检测参数的 SHA-256", "SHA-256 of the detector's parameters"
    ),
    "Finding.level": Words(
        "按账户或按主体检测", "whether accounts or clusters of them were looked at"
    ),
    "Finding.indirect": Words("是否仅为间接迹象", "whether it is an indirect sign only"),
    "Finding.parts": Words("把握程度的组成", "parts of the score"),
    "Finding.figures": Words("检测所得数值", "figures of the finding"),
    "Finding.volume": Words("所涉成交额", "volume of the sales in it"),
    "Finding.moves": Words("所涉流转笔数", "moves in it"),
    "Finding.sales": Words("所涉成交笔数", "sales in it"),
    "Finding.first_at": Words("所涉首笔的时间", "time of the first row"),
    "Finding.last_at": Words("所涉末笔的时间", "time of the last row"),
    "Finding.collection": Words("发现所涉系列", "collection that the finding is about"),
    "Finding.account": Words("发现所涉账户", "account that the finding is about"),
    "Finding.counterparty": Words("发现所涉对手账户", "counterparty that the finding is about"),
    "Finding.concerned": Words("发现所涉各方", "parties concerned"),
    "Finding.concerned_count": Words("发现所涉各方的数目", "number of parties concerned"),
    "Finding.sentence": Words("发现的一句话说明", "the finding in one sentence"),
    "Finding.supersedes": Words("所取代的发现", "findings that it supersedes"),
    "Finding.dismissed": Words("其中曾被排除的发现", "those of them that were dismissed"),
    "Finding.closure": Words("发现的结案缘由", "why the finding was closed"),
    "Sentence.zh": Words("中文说明", "the sentence in Chinese"),
    "Sentence.en": Words("英文说明", "the sentence in English"),
    "Figure.name": Words("数值名称", "name of the figure"),
    "Figure.value": Words("数值", "value of the figure"),
    # Notices
    "Notice.kind": Words("通知种类", "kind of notice"),
    "Notice.step": Words("通知处理步骤", "step in answering the notice"),
    "Notice.initial_proof": Words("通知有无初步证据", "whether the notice came with initial proof"),
    "Notice.parties": Words("通知的参与方", "parties to the notice"),
    "Notice.token": Words("通知所涉藏品", "token that the notice is about"),
    "Notice.work": Words("通知所涉作品", "work that the notice is about"),
    "Notice.platform": Words("收到通知的平台", "platform that got the notice"),
    "NoticeRoles.notifier": Words("通知人", "who gave the notice"),
    # Work on cases, and access
    "CaseWork.cause": Words("办案的事由", "cause of the case"),
    "CaseWork.parties": Words("办案人", "who worked on the case"),
    "CaseWork.action": Words("办案动作", "what was done on the case"),
    "CaseWork.assignee": Words("交由何人办理", "who is to work on the case"),
    "CaseWork.note": Words("办案记录", "note on the case"),
    "CaseWork.link": Words("案件关联", "what the case is linked to"),
    "CaseWork.of": Words("所撤回关联的记录序号", "entry of the link that was taken back"),
    "CaseLink.same_scheme": Words("同一手法的案件", "case of the same scheme"),
    "CaseLink.duplicate": Words("重复的案件", "case that this one duplicates"),
    "CaseLink.follows_from": Words("引起本案的案件", "case that this one follows from"),
    "CaseLink.party": Words("涉及的主体", "party that the case is about"),
    "CaseLink.work": Words("涉及的作品", "work that the case is about"),
    "CaseLink.token": Words("涉及的藏品", "token that the case is about"),
    "CaseLink.finding": Words("涉及的发现", "finding that the case is about"),
    "CaseWork.attachment": Words("案件附件", "file added to the case"),
    "Attachment.sha256": Words("附件密文的 SHA-256", "SHA-256 of the stored file"),
    "Attachment.name": Words("附件名称", "name of the file"),
    "Attachment.media_type": Words("附件类型", "media type of the file"),
    "Attachment.size": Words("附件大小（字节）", "size of the file in bytes"),
    "Access.parties": Words("查阅或变更者", "who read or changed it"),
    "Access.action": Words("查阅或变更", "whether it was read or changed"),
    "Access.what": Words("查阅或变更了什么", "what was read or changed"),
    "Access.about": Words("所涉对象", "whom or what it is about"),
    # Erasure
    "Erasure.erased": Words("被删除信息的主体", "whose facts are erased"),
    "Erasure.parties": Words("删除者与要求者", "who erased, and who asked for it"),
    "ErasureRoles.by": Words("删除者", "who erased"),
    "ErasureRoles.asked_by": Words("要求删除者", "who asked for the erasure"),
    "Erasure.ground": Words("删除依据", "ground of the erasure"),
    "Erasure.keys": Words("所销毁密钥的编号", "ids of the keys destroyed"),
    "Erasure.reference": Words("删除请求的档案编号", "file reference of the request"),
    "Erasure.relationship_ended": Words("业务关系结束日", "day the relationship ended"),
    "Erasure.retention": Words("可能适用的保存期限", "terms of keeping that may apply"),
    "Erasure.despite_retention": Words(
        "是否不顾保存期限删除", "whether it was erased despite a term of keeping"
    ),
    "Keeping.rulebook": Words("保存期限的规则集", "rulebook of the term"),
    "Keeping.parameter": Words("保存期限的参数", "parameter of the term"),
    "Keeping.months": Words("保存月数", "months to keep"),
    "Keeping.instrument": Words("保存期限的依据", "instrument of the term"),
    "Keeping.pinpoint": Words("保存期限的条款", "clause of the term"),
    "Keeping.until": Words("保存期限届满日", "day the term is over"),
}
