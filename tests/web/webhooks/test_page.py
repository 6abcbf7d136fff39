"""The page's programs verify what is signed, and its examples are what is really sent and set."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from vermilion.desk.loop.issue import PermitLine
from vermilion.web.webhooks import (
    KINDS,
    SubscriptionSettings,
    WebhookSettings,
    check_settings,
    sending,
    webhooks,
)
from vermilion.web.webhooks.signing import Secret, headers

from .samples import NEW, OLD

PAGE = (Path(__file__).parents[3] / "docs" / "webhooks.md").read_text(encoding="utf-8")
NOW = 1_614_265_330
BODY = b'{"test": 2432232314}'
# The example of the specification's own libraries.
PUBLISHED = {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
HARNESS = """
for (const line of require("node:fs").readFileSync(0, "utf8").trimEnd().split("\\n")) {
  const one = JSON.parse(line);
  try {
    console.log(verify(one.headers, Buffer.from(one.body, "base64"), one.secrets, one.now));
  } catch (refused) {
    console.log(refused.message.startsWith("the message") ? "refused" : String(refused));
  }
}
"""


def block(language: str) -> str:
    """Return the page's one block in a language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def _program() -> Any:
    names: dict[str, Any] = {}
    exec(block("python"), names)
    return names["verify"]


VERIFY = _program()


def verifies(secret: str, given: Mapping[str, str], body: bytes, now: float) -> bool:
    """Say whether the page's Python function takes a message."""
    try:
        return bool(VERIFY(given, body, [secret], now) == given["webhook-id"])
    except ValueError:
        return False


def signed(*secrets: str, id: str = "msg_1", at: int = NOW, body: bytes = BODY) -> dict[str, str]:
    """Return the headers of a message."""
    return headers(id, at, body, [Secret(one, "test") for one in secrets or (OLD,)])


def case(
    name: str, given: Mapping[str, str], takes: bool = False, now: float = NOW, **changes: Any
) -> Any:
    """Return a message, by whom it is read, and whether it is to be taken."""
    usual = {"headers": dict(given), "body": BODY, "secrets": [OLD], "now": now}
    return pytest.param(usual | changes, takes, id=name)


GOOD = signed()
V1 = GOOD["webhook-signature"]
CASES = [
    case("good", GOOD, True),
    case("bytes that are no text", signed(body=b"\xff\x00"), True, body=b"\xff\x00"),
    case("the new one of two secrets", signed(NEW, OLD), True, secrets=[NEW]),
    case("the old one of two secrets", signed(NEW, OLD), True, secrets=[OLD]),
    case("a reader with two secrets", signed(NEW), True, secrets=[OLD, NEW]),
    case("other signatures beside it", GOOD | {"webhook-signature": f"v1a,xx v2,AA== {V1}"}, True),
    case("as old as may be", GOOD, True, NOW + 300),
    case("as new as may be", GOOD, True, NOW - 300),
    case("too old", GOOD, now=NOW + 301),
    case("too new", GOOD, now=NOW - 301),
    case("another secret", GOOD, secrets=[NEW]),
    case("no secret", GOOD, secrets=[]),
    case("another body", GOOD, body=BODY + b" "),
    case("another id", GOOD | {"webhook-id": "msg_2"}),
    case("another time", GOOD | {"webhook-timestamp": str(NOW + 1)}),
    case("no time", {k: v for k, v in GOOD.items() if k != "webhook-timestamp"}),
    case("no id", {k: v for k, v in GOOD.items() if k != "webhook-id"}),
    case("no signature", {k: v for k, v in GOOD.items() if k != "webhook-signature"}),
    case("an empty signature", GOOD | {"webhook-signature": ""}),
    case("half a signature", GOOD | {"webhook-signature": V1[:-4]}),
    case("without version", GOOD | {"webhook-signature": V1.partition(",")[2]}),
    case("another version", GOOD | {"webhook-signature": V1.replace("v1,", "v2,")}),
    *[
        case(f"time `{text}`", GOOD | {"webhook-timestamp": text})
        for text in (
            "",
            "soon",
            f"{NOW}.0",
            f"+{NOW}",
            f" {NOW}",
            "NaN",
            "9" * 5_000,
            "１６１４２６５３３０",
        )
    ],
]


@pytest.mark.parametrize(("one", "takes"), CASES)
def test_the_python_function(one: dict[str, Any], takes: bool) -> None:
    """Run as printed, it takes what is signed and recent, and refuses all else with ValueError."""
    try:
        found = VERIFY(one["headers"], one["body"], one["secrets"], one["now"])
    except ValueError:
        found = None
    assert found == (one["headers"]["webhook-id"] if takes else None)


def test_the_javascript_function(tmp_path: Path) -> None:
    """Run as printed, it says of each message what the Python function says."""
    if shutil.which("node") is None:
        pytest.skip("`node` is not installed, so the JavaScript function was not run")
    path = tmp_path / "verify.js"
    path.write_text(block("javascript") + HARNESS, encoding="utf-8")
    messages = [param.values[0] for param in CASES]
    lines = [
        json.dumps(one | {"body": base64.b64encode(one["body"]).decode()})  # type: ignore[operator,index]
        for one in messages
    ]
    run = subprocess.run(
        ["node", str(path)],
        input="\n".join(lines),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert run.stderr == ""
    wanted = ["msg_1" if param.values[1] else "refused" for param in CASES]
    assert run.stdout.split() == wanted


def test_the_specifications_own_example() -> None:
    """What is signed here is what the specification's libraries publish as their example."""
    found = signed(PUBLISHED["secret"], id=PUBLISHED["id"])
    assert found["webhook-signature"] == PUBLISHED["signature"]
    assert verifies(PUBLISHED["secret"], found, BODY, NOW)


@given(st.binary(max_size=200), st.integers(0, 199), st.integers(1, 255))
def test_any_changed_byte_is_noticed(body: bytes, place: int, flip: int) -> None:
    """Any body verifies as it was signed, and with any one byte changed it does not."""
    found = signed(body=body)
    assert verifies(OLD, found, body, NOW)
    if body:
        place %= len(body)
        other = body[:place] + bytes([body[place] ^ flip]) + body[place + 1 :]
        assert not verifies(OLD, found, other, NOW)


def test_the_functions_are_short() -> None:
    """Each is of twenty lines at most, blank ones and imports left out."""
    for language in ("python", "javascript"):
        lines = [one for one in block(language).splitlines() if one.strip()]
        assert len([one for one in lines if not one.startswith(("import", "const {"))]) <= 20


def test_without_a_clock_the_machines_is_asked() -> None:
    """Left out, `now` is this machine's clock."""
    assert VERIFY(signed(at=int(time.time())), BODY, [OLD]) == "msg_1"
    with pytest.raises(ValueError, match="five minutes"):
        VERIFY(GOOD, BODY, [OLD])


def test_the_example_of_settings() -> None:
    """The page's settings hold, and its table names each field."""
    plain = yaml.safe_load(block("yaml"))["webhooks"]
    settings = msgspec.convert(plain, WebhookSettings)
    (one,) = check_settings(settings, {"SHOP_HOOK_SECRET": OLD}).subscriptions
    assert one.target.origin == "https://shop.example:443"
    fields = [*SubscriptionSettings.__struct_fields__, *WebhookSettings.__struct_fields__]
    for field in fields:
        assert re.search(rf"^\| `(webhooks\.)?{field}` \|", PAGE, re.MULTILINE) or (
            field == "subscriptions"
        )


def test_the_example_of_a_message() -> None:
    """The page's message has the fields of what is sent, and its table names each kind."""
    example = json.loads(block("json"))
    assert list(example) == ["type", "timestamp", "data"]
    assert set(example["data"]["permit"]) == set(PermitLine.__struct_fields__)
    assert example["type"] in KINDS
    assert re.findall(r"^\| `((?:event|case)\.\w+)` \|", PAGE, re.MULTILINE) == list(KINDS)


def test_the_page_states_the_policies() -> None:
    """Times and sizes on the page are those of the code."""
    assert f"2xx within {sending.ANSWER_SECONDS:.0f} seconds" in PAGE
    assert f"more than {sending.MOST_READ // 1024} kB" in PAGE
    assert f"made in {webhooks.FIRST_PAUSE:.0f} seconds" in PAGE
    assert (webhooks.LONGEST_PAUSE, webhooks.PARKED_AFTER) == (3_600, 86_400)
