"""Words of error pages: what happened, and what to do."""

from __future__ import annotations

from vermilion.rulebook import Words

PROBLEMS: dict[str, Words] = {
    "problem.400": Words("请求有误", "The request is wrong"),
    "problem.401": Words("请先登录", "Sign in first"),
    "problem.403": Words("无权查看或操作", "You may not do this"),
    "problem.404": Words("没有这个页面", "There is no such page"),
    "problem.405": Words("不能这样访问", "This page cannot be asked that way"),
    "problem.409": Words("与已有内容冲突", "It conflicts with what is there"),
    "problem.410": Words("内容已删除", "It was erased"),
    "problem.413": Words("内容过大", "It is too large"),
    "problem.422": Words("内容不能接受", "It cannot be accepted"),
    "problem.429": Words("请求过于频繁", "Too many requests"),
    "problem.500": Words("我们出错了", "We made an error"),
    "problem.503": Words("目前不能答复", "There is no answer now"),
    "problem.do.400": Words("返回上一页，更正后再提交。", "Go back, correct it and send it again."),
    "problem.do.401": Words("登录后再试。", "Sign in and try again."),
    "problem.do.403": Words(
        "需要其他角色时，请与管理员联系；页面若放置过久，请刷新后重试。",
        "Ask an administrator if you need another role. If the page lay open for long, reload it and try again.",
    ),
    "problem.do.404": Words(
        "核对地址，或从总览开始。", "Check the address, or begin at the overview."
    ),
    "problem.do.405": Words(
        "请从页面上的链接或表单操作。", "Use the links and forms of the pages."
    ),
    "problem.do.409": Words(
        "刷新页面，查看现在的内容。", "Reload the page and look at what is there now."
    ),
    "problem.do.410": Words(
        "存证仍可验证；内容不再提供。", "The record still verifies; the content is gone."
    ),
    "problem.do.413": Words("请缩小后再提交。", "Send less."),
    "problem.do.422": Words("返回上一页，更正后再提交。", "Go back, correct it and send it again."),
    "problem.do.429": Words("请稍候再试。", "Wait a while and try again."),
    "problem.do.500": Words(
        "没有任何内容因此通过。请把时间告知管理员，日志中有记录。",
        "Nothing passed because of it. Tell an administrator the time; it is in the log.",
    ),
    "problem.do.503": Words(
        "在得到答复之前，请勿放行任何事项；稍后再试。",
        "Hold everything until there is an answer, never pass it; try again later.",
    ),
    "problem.detail": Words("详情（英文）", "Details"),
    "problem.back": Words("返回", "Back"),
    "problem.home": Words("到总览", "To the overview"),
    "problem.sign_in": Words("登录", "Sign in"),
    "problem.code": Words("代码", "Code"),
}

IN_CHINESE: dict[str, str] = {
    # Cases and answers
    "attachment_empty": "附件是空的。",
    "attachment_too_large": "附件过大。",
    "attachment_damaged": "附件与存证所记的不一致。",
    "bad_cursor": "网址所指的这一页不存在。",
    "bad_day": "截止日期不是一个日期，请写作“2026-03-31”。",
    "bad_link": "这不是案件编号。",
    "erased": "内容或其中一部分已删除。",
    # Erasing a person
    "bad_date": "业务关系结束日不能晚于今天。",
    "bad_erasure": "请选择依据，并核对编号与日期。",
    "erased_already": "此人的信息已经删除，此后没有新的内容。",
    "must_be_kept": "有关记录的保存期限可能未满，依据见下；填写业务关系结束日，或凭档案编号不顾期限删除。",
    "reference_lacking": "保存期限可能未满而删除的，须填写作出决定的档案编号。",
    "unknown_person": "没有以该编号保存、可以删除的内容；请核对编号及其大小写。",
    "no_action": "请选择如何决定。",
    "nothing_named": "表单没有指明案件或事件。",
    "nothing_to_confirm": "没有等待确认的决定，可能已有人确认。",
    "too_many_links": "该案件的关联已达上限。",
    "unknown_attachment": "该案件没有这个附件。",
    "unknown_case": "没有这个案件。",
    "unknown_link": "该案件没有这项关联。",
    "unknown_thing": "存证中没有这个编号的对象。",
    # People and keys
    "csrf_wrong": "页面已过期或已重新登录。",
    "foreign_page": "请求来自其他网站的页面。",
    "key_exists": "该名称的密钥已经有过。",
    "name_refused": "名称不能使用。",
    "no_such_key": "没有这个名称的在用密钥。",
    "no_such_person": "没有可以登录的这个人员。",
    "officer_lacking": "合规官需要其在配置中的编号。",
    "officer_taken": "该合规官编号已属于另一人。",
    "password_common": "这是最容易被猜到的密码之一。",
    "password_elsewhere": "此人通过身份提供方登录，没有密码。",
    "password_long": "密码过长。",
    "password_short": "密码过短。",
    "person_disabled": "账户已由管理员停用。",
    "person_exists": "该名称的人员已经有过。",
    "person_lacking": "合规官的密钥须属于一个人。",
    "role_elsewhere": "此人的角色由身份提供方决定。",
    "role_refused": "没有这个角色，或它不能给予此人。",
    "sources_refused": "来源不能读取，或该角色的密钥不限来源。",
    # May I?
    "bad_answer": "已有的回答无法读取，请重新开始。",
    "fact_unknown": "现在没有问到这一项。",
    "plan_unknown": "没有这个计划。",
}
"""What errors say to people in Chinese, by code; in English they say it themselves."""
