"""Words of an officer's signing key, and of what is signed with it."""

from __future__ import annotations

from vermilion.rulebook import Words

SIGNING: dict[str, Words] = {
    "signing.title": Words("签名密钥", "Signing key"),
    "signing.lead": Words(
        "密钥在此浏览器中生成并保存，私钥部分读不出来，也从不发给服务器；公钥部分由管理员登记在配置中，"
        "此后您在案件页面上签名作出决定。",
        "The key is made and kept in this browser; its private half cannot be read out and is never "
        "sent to the desk. An administrator lists the public half in the profile, and from then on "
        "you sign your answers on the pages of cases.",
    ),
    "signing.listed": Words("配置中登记的密钥", "The key that the profile lists"),
    "signing.listed_for": Words("登记给 {by}：", "For {by}:"),
    "signing.listed_none": Words(
        "没有为 {by} 登记密钥：您登录后即可作出决定，无须签名。",
        "It lists no key for {by}: you answer by being signed in, and sign nothing.",
    ),
    "signing.not_named": Words(
        "现行配置没有列出合规官 {by}，因此您不能作出决定；请与管理员联系。",
        "The profile in force does not name {by} as an officer, so you cannot answer; ask an administrator.",
    ),
    "signing.here": Words("此浏览器中的密钥", "The key in this browser"),
    "signing.unable": Words(
        "此浏览器不能签名（需要脚本、HTTPS 或 localhost 地址，以及 Ed25519）。请改用命令行签名："
        "vermilion resolve --desk URL --key FILE。",
        "This browser cannot sign: it takes scripts, an address with HTTPS or at localhost, and Ed25519. "
        "Sign on the command line: vermilion resolve --desk URL --key FILE.",
    ),
    "signing.none": Words("此浏览器没有您的密钥。", "This browser holds no key of yours."),
    "signing.elsewhere": Words(
        "此浏览器没有您的密钥。请在保存该密钥的浏览器中签名，或在命令行签名。在此生成的另一密钥，"
        "须由管理员登记以取代原密钥后才有效：每位合规官只登记一个密钥。",
        "This browser holds no key of yours. Sign in the browser that holds the listed one, or on the "
        "command line. Another one made here counts once it is listed in place of that: the profile "
        "lists one key for each officer.",
    ),
    "signing.held": Words(
        "这就是配置中登记的密钥，您可以在此浏览器中签名。",
        "It is the key that the profile lists: you can sign in this browser.",
    ),
    "signing.unlisted": Words(
        "请将下面的公钥交给管理员，登记在您的合规官编号之下；在新配置生效之前，此密钥没有作用。",
        "Give the public half to the administrator, who lists it under your officer's id. Until that "
        "profile is in force the key does nothing.",
    ),
    "signing.other": Words(
        "此浏览器中的密钥不是配置中登记的那个，用它签名无效。请在保存登记密钥的浏览器中签名，或在命令行签名。",
        "The key in this browser is not the one that the profile lists, and what it signs is void. "
        "Sign in the browser that holds the listed key, or on the command line.",
    ),
    "signing.public": Words("公钥", "Public half"),
    "signing.make": Words("在此浏览器中生成签名密钥", "Make a signing key in this browser"),
    "signing.remove": Words("从此浏览器中删除", "Remove it from this browser"),
    "signing.remove_lead": Words(
        "私钥没有副本，删除后无法恢复；已签名的决定仍然有效。",
        "There is no copy of the private half, so it is gone for good. What it signed stays signed.",
    ),
    "signing.remove_do": Words("删除密钥", "Remove the key"),
    "signing.limits": Words("它能保证什么，不能保证什么", "What it protects against, and what not"),
    "signing.limits_good": Words(
        "只得到您的密码、会话或服务器数据的人，不能用您的密钥签名；脚本也读不出私钥。",
        "Whoever has only your password, your session or the desk's data cannot sign with your key, "
        "and no script can read its private half.",
    ),
    "signing.limits_bad": Words(
        "签名页面由服务器提供：被他人控制的服务器可以送来另一个脚本，显示一段文字却签署另一段。"
        "如须防范这种情况，请在自己的机器上用命令行签名。",
        "The page that signs comes from the desk: a desk that was taken over can send another "
        "script, which shows one text and signs another. Against that, sign on the command line of "
        "your own machine.",
    ),
    "signing.limits_browser": Words(
        "能使用或复制您的浏览器配置文件的人也能使用密钥；清除网站数据会将其删除。",
        "Whoever can use or copy this browser's profile can use the key, and clearing the site's "
        "data removes it.",
    ),
    # On the page of a case or an event
    "case.must_sign": Words(
        "配置中登记了您的签名密钥，而此浏览器不能用它签名：请在保存该密钥的浏览器中打开本页，"
        "或在您自己的机器上用 vermilion resolve --desk 签名。",
        "The profile lists a key for you, and this browser cannot sign with it: open the page in the "
        "browser that holds the key, or sign with `vermilion resolve --desk` on your own machine.",
    ),
    "signing.what": Words("您将签署的内容", "What you sign"),
    "signing.what_lead": Words(
        "以下各项读自将要签署的字节，已与您的选择核对。",
        "It is read from the very bytes that are signed, and was held against what you chose.",
    ),
    "signing.event": Words("事件", "Event"),
    "signing.confirms": Words("所确认的决定", "The answer that it confirms"),
    "signing.ends": Words("所终止的决定", "The answer that it ends"),
    "signing.by": Words("签署人", "Signed by"),
    "signing.time": Words("时间（UTC）", "Time (UTC)"),
    "signing.record": Words("存证名称", "Name of the record"),
    "signing.exact": Words("签署的原文", "The exact text"),
    "signing.do": Words("签名并提交", "Sign and record"),
    "signing.back": Words("返回修改", "Back"),
    "signing.altered": Words(
        "服务器要求签署的内容与您的选择不符，因此没有签名。请告知管理员。",
        "What the desk wants signed is not what you chose, so nothing was signed. Tell an administrator.",
    ),
    "signing.clock": Words(
        "服务器与此机器的时间相差超过五分钟，或等待过久，因此没有记录。请核对时钟，再提交一次。",
        "The clocks of the desk and this machine are five minutes apart, or you waited for that long: "
        "nothing was recorded. Check the clock, and send it again.",
    ),
    "signing.signed_out": Words(
        "您的登录已失效，没有记录。请重新打开本页。",
        "Your session has ended, and nothing was recorded. Load the page again.",
    ),
    "signing.refused": Words("没有记录：{detail}", "Nothing was recorded: {detail}"),
    "signing.silent": Words(
        "服务器没有答复，不知道是否已经记录。请重新打开本页查看。",
        "The desk gave no answer, so it is not known whether it was recorded. Load the page again and look.",
    ),
}
