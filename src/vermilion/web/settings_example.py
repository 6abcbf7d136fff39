"""The `serve.yaml` that people start from: every setting with a comment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from vermilion.errors import StorageError, UsageError
from vermilion.rulebook import Words
from vermilion.rulebook.yaml_text import commented
from vermilion.web.settings import FILE, ServeSettings
from vermilion.web.settings_source import OIDC_SECRET

_HEAD = Words(
    "服务的设置，启动时全部检查。环境变量 VERMILION_SERVE_<字段> 优先于本文件。\n"
    "密钥不写在这里，只写明所在：`env:变量名` 或 `file:/路径`。",
    "How the desk is served; all of it is checked at start. A variable VERMILION_SERVE_<FIELD>\n"
    "goes before this file. Secrets never stand here, only where they are: `env:NAME` or\n"
    "`file:/path`.",
)

_HOST = Words(
    "监听的地址与端口。对外提供时，前面须有负责 TLS 的代理，并写明 public_url。",
    "Address and port to listen on. Where others reach it, a proxy with TLS stands before it,\n"
    "and `public_url` is its address.",
)
_PUBLIC = Words("人们输入的地址。", "What people type.")
_INSECURE = Words(
    "允许其他机器不经 TLS 访问：密钥与个人信息将以明文传输。",
    "Let other machines in without TLS: keys and personal data then travel in clear.",
)
_PROXIES = Words(
    "可信代理的地址；只采信它们所报的客户端地址。",
    "Addresses of proxies whose word about the client's address is taken.",
)
_METRICS = Words("是否提供 /metrics。", "Whether /metrics answers.")
_LIMITS = Words(
    "上限，属自定政策：请求体字节数，单个流的行数，每个调用方每秒请求数，等待客户端的秒数，\n"
    "单个地址的连接数。",
    "Limits. Policy: bytes of a body, lines of one stream, requests of one caller in a second,\n"
    "seconds that a client is waited for, connections of one address.",
)
_LOG = Words(
    "日志：级别 debug、info、warning、error；形式 auto（终端上为文字，其余为 JSON）、json、text。",
    "What is logged: debug, info, warning, error; as auto (words on a terminal, JSON elsewhere),\n"
    "json, text.",
)
_OIDC = Words(
    "人员经由此处登录（OpenID Connect）；没有则用密码。",
    "Where people sign in (OpenID Connect); without it they use passwords.",
)
_WEBHOOKS = Words(
    "处理结果通知给谁；secrets 首项为最新的密钥。",
    "Who is told of what people resolved; the first of `secrets` is the newest.",
)
_MARKET = Words(
    "市场监测：是否运行、间隔分钟数、查询可用的内存（兆字节）。",
    "Surveillance of what settles: whether it runs, minutes between two runs, megabytes for queries.",
)


def example(language: Literal["zh", "en"] = "en") -> str:
    """Return a `serve.yaml` that says what holds without it; what is optional is commented out."""
    usual = ServeSettings()
    limits, log, market = usual.limits, usual.log, usual.market
    parts = {
        _HEAD: [],
        _HOST: [f"host: {usual.host}", f"port: {usual.port}"],
        _PUBLIC: ["#public_url: https://desk.example.com"],
        _INSECURE: ["insecure: false"],
        _PROXIES: ["proxies: []"],
        _METRICS: ["metrics: true"],
        _LIMITS: [
            "limits:",
            f"  max_body: {limits.max_body}",
            f"  stream_lines: {limits.stream_lines}",
            f"  rate: {limits.rate}",
            f"  patience: {limits.patience}",
            f"  connections: {limits.connections}",
        ],
        _LOG: ["log:", f"  level: {log.level}", f"  form: {log.form}"],
        _MARKET: [
            "market:",
            f"  watch: {str(market.watch).lower()}",
            f"  minutes: {market.minutes}",
            f"  memory: {market.memory}",
        ],
        _OIDC: [
            "#oidc:",
            "#  issuer: https://login.example.com",
            "#  client_id: vermilion",
            f"#  client_secret: env:{OIDC_SECRET}",
            "#  scopes: [openid, profile]",
            "#  role_claim: groups",
            "#  roles: {compliance: officer, audit: auditor}",
            "#  officer_claim: preferred_username",
        ],
        _WEBHOOKS: [
            "#webhooks:",
            "#  subscriptions:",
            "#    - name: shop",
            "#      url: https://shop.example.com/vermilion",
            "#      secrets: [env:SHOP_SECRET]",
            "#      kinds: [event.freed, event.stopped]",
        ],
    }
    return "\n".join(
        commented(words.zh if language == "zh" else words.en)
        + "".join(f"{line}\n" for line in lines)
        for words, lines in parts.items()
    )


def write_example(book: Path, language: Literal["zh", "en"] = "en") -> Path:
    """Put the example into a book that has no settings, and return its path.

    Raises:
        UsageError: `settings_exist`.
        StorageError: `settings_unwritable`.
    """
    path = book / FILE
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(example(language))
    except FileExistsError:
        raise UsageError(
            "settings_exist",
            "the settings are there already, and were not changed",
            where=str(path),
        ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise StorageError(
            "settings_unwritable", f"cannot be written: {reason}", where=str(path)
        ) from None
    return path
