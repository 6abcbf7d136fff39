"""Words of signing in, of people and of keys."""

from __future__ import annotations

from vermilion.rulebook import Words

PEOPLE: dict[str, Words] = {
    "sign_in.title": Words("登录", "Sign in"),
    "sign_in.lead": Words(
        "使用管理员为您设立的账户登录。",
        "Sign in with the account that an administrator made for you.",
    ),
    "sign_in.name": Words("用户名", "Name"),
    "sign_in.password": Words("密码", "Password"),
    "sign_in.do": Words("登录", "Sign in"),
    "sign_in.oidc": Words("使用机构账户登录", "Sign in with your organisation"),
    "sign_in.failed": Words(
        "用户名或密码不正确，或账户已停用。",
        "The name or password is wrong, or the account is disabled.",
    ),
    "sign_in.slow": Words(
        "尝试次数过多，请稍后再试。", "There were too many attempts. Try again later."
    ),
    "sign_in.out": Words("您已退出登录。", "You are signed out."),
    "password.title": Words("更改密码", "Change your password"),
    "password.lead": Words(
        "更改后，您在其他设备上的登录都会结束。", "Your sessions on other devices end with it."
    ),
    "password.old": Words("现在的密码", "The present password"),
    "password.new": Words("新密码（不少于 {n} 个字符）", "The new one, at least {n} characters"),
    "password.do": Words("更改", "Change"),
    "password.changed": Words("密码已更改。", "The password is changed."),
    "password.wrong": Words("现在的密码不正确。", "The present password is wrong."),
    "people.title": Words("人员与密钥", "People and keys"),
    "people.people": Words("人员", "People"),
    "people.none": Words("尚无人员。", "There is nobody yet."),
    "people.name": Words("用户名", "Name"),
    "people.person": Words("主体编号", "Person"),
    "people.person_hint": Words(
        "规则集中登记的人员编号，用于作出决定", "the id under which the person answers cases"
    ),
    "people.display": Words("显示姓名（可不填）", "Name to show, if another"),
    "people.password_do": Words("设置密码", "Set the password"),
    "people.role": Words("角色", "Role"),
    "people.password": Words(
        "初始密码（不少于 {n} 个字符）", "First password, at least {n} characters"
    ),
    "people.status": Words("状态", "Status"),
    "people.enabled": Words("可登录", "may sign in"),
    "people.disabled": Words("已停用", "disabled"),
    "people.add": Words("添加人员", "Add a person"),
    "people.add_do": Words("添加", "Add"),
    "people.change": Words("更改", "Change"),
    "people.role_do": Words("更改角色", "Change the role"),
    "people.disable_do": Words("停用", "Disable"),
    "people.you": Words("您", "you"),
    "keys.section": Words("接口密钥", "API keys"),
    "keys.none": Words("尚无密钥。", "There is no key yet."),
    "keys.name": Words("名称", "Name"),
    "keys.sources": Words("限定的来源", "Sources"),
    "keys.sources_hint": Words(
        "每行一个来源，仅用于平台密钥；留空则不限",
        "One a line, for a platform's key; empty means any",
    ),
    "keys.any_source": Words("不限", "any"),
    "keys.made": Words("设立", "Made"),
    "keys.used": Words("最近使用（UTC）", "Last used (UTC)"),
    "keys.never": Words("从未", "never"),
    "keys.person_hint": Words("仅合规官的密钥需要", "for an officer's key"),
    "keys.revoked": Words("已撤销", "revoked"),
    "keys.add": Words("签发密钥", "Make a key"),
    "keys.add_do": Words("签发", "Make"),
    "keys.revoke_do": Words("撤销", "Revoke"),
    "keys.new": Words("新密钥", "The new key"),
    "keys.new_lead": Words(
        "只显示这一次；我们只保存其摘要。", "It is shown this once: only its digest is stored."
    ),
    "keys.new_back": Words("返回人员与密钥", "Back to people and keys"),
    "done.person_added": Words("人员已添加。", "The person is added."),
    "done.role_changed": Words("角色已更改。", "The role is changed."),
    "done.person_disabled": Words("账户已停用。", "The account is disabled."),
    "done.password_set": Words("密码已设置。", "The password is set."),
    "done.key_revoked": Words("密钥已撤销。", "The key is revoked."),
}
