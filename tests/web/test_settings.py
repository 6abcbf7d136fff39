"""What an operator sets is read from file and environment, and what cannot be is refused at start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vermilion.errors import RulebookError, UsageError
from vermilion.web.settings import Limits, LogSettings, ServeSettings, load_settings
from vermilion.web.settings_example import example, write_example
from vermilion.web.settings_source import OIDC_SECRET, read_secret, variables

OIDC = """
public_url: https://desk.example.com
oidc:
  issuer: https://login.example.com
  client_id: vermilion
  roles: {compliance: officer}
"""
HOOK = "whsec_" + "A" * 40


def load(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> ServeSettings:
    """Load settings of a file with this text."""
    (folder / "serve.yaml").write_text(text, encoding="utf-8")
    return load_settings(folder, environment or {})


def refused(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> RulebookError:
    """Return the error with which settings are refused."""
    with pytest.raises(RulebookError) as found:
        load(folder, text, environment)
    assert found.value.code == "bad_setting"
    assert found.value.help
    return found.value


class TestRead:
    """What holds."""

    def test_nothing_is_needed(self, tmp_path: Path) -> None:
        """Without file and variables the desk listens on this machine alone."""
        found = load_settings(tmp_path, {})
        assert found == ServeSettings()
        assert found.host == "127.0.0.1"

    def test_the_file(self, tmp_path: Path) -> None:
        """Each section is read; what it leaves out is as usual."""
        found = load(tmp_path, "port: 9000\nlimits: {rate: 7}\nlog: {level: debug}\n")
        assert found.port == 9000
        assert found.limits == Limits(rate=7)
        assert found.log == LogSettings(level="debug")

    def test_variables_go_before_the_file(self, tmp_path: Path) -> None:
        """Numbers, truth values, lists and texts are read from variables, in sections too."""
        environment = {
            "VERMILION_SERVE_PORT": "9001",
            "VERMILION_SERVE_METRICS": "false",
            "VERMILION_SERVE_PROXIES": "10.0.0.1, ::1",
            "VERMILION_SERVE_LIMITS_RATE": "8",
            "VERMILION_SERVE_LOG_FORM": "json",
            "VERMILION_SERVE_PUBLIC_URL": "https://desk.example.com",
            "HOME": "/root",
        }
        found = load(tmp_path, "port: 9000\nlimits: {rate: 7, stream_lines: 5}\n", environment)
        assert found == ServeSettings(
            port=9001,
            metrics=False,
            proxies=["10.0.0.1", "::1"],
            limits=Limits(rate=8, stream_lines=5),
            log=LogSettings(form="json"),
            public_url="https://desk.example.com",
        )

    def test_a_client_id_of_digits_stays_a_text(self, tmp_path: Path) -> None:
        """A variable is read as its field wants it."""
        environment = {"VERMILION_SERVE_OIDC_CLIENT_ID": "123", OIDC_SECRET: "s"}
        found = load(tmp_path, OIDC, environment).oidc
        assert found is not None
        assert found.client_id == "123"

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_the_example_says_what_holds_without_it(self, tmp_path: Path, language: str) -> None:
        """It reads as the defaults, names every setting, and is readable with all uncommented."""
        text = example(language)  # type: ignore[arg-type]
        assert load(tmp_path, text) == ServeSettings()
        whole = re.sub(r"^#(?! \S)", "", text, flags=re.MULTILINE)
        found = load(tmp_path, whole, {OIDC_SECRET: "s", "SHOP_SECRET": HOOK})
        assert found.oidc is not None
        assert len(found.webhooks.subscriptions) == 1
        for key, _ in variables(ServeSettings).values():
            assert re.search(rf"^ *{key[-1]}:", whole, re.MULTILINE) or key[0] == "webhooks"

    def test_the_example_overwrites_nothing(self, tmp_path: Path) -> None:
        """It is written once."""
        path = write_example(tmp_path)
        path.write_text("port: 1\n", encoding="utf-8")
        with pytest.raises(UsageError):
            write_example(tmp_path)
        assert path.read_text(encoding="utf-8") == "port: 1\n"


class TestReach:
    """Keys and personal data do not cross a network in clear unless somebody says so."""

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "2001:db8::1"])
    def test_other_machines_need_tls(self, tmp_path: Path, host: str) -> None:
        """An address that others reach is refused without an https address or a clear word."""
        line = f'host: "{host}"\n'
        assert "reachable from elsewhere" in refused(tmp_path, line).message
        assert load(tmp_path, f"{line}public_url: https://desk.example.com\n").host == host
        assert load(tmp_path, f"{line}insecure: true\n").host == host
        error = refused(tmp_path, f"{line}public_url: http://desk.example.com\n")
        assert "in clear" in error.message

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
    def test_this_machine_does_not(self, tmp_path: Path, host: str) -> None:
        """Loopback stays on the machine."""
        assert load(tmp_path, f'host: "{host}"\npublic_url: http://localhost:8000\n').host == host

    @given(
        a=st.integers(0, 255), b=st.integers(0, 255), c=st.integers(0, 255), d=st.integers(0, 255)
    )
    def test_no_address_slips_through(
        self, tmp_path_factory: pytest.TempPathFactory, a: int, b: int, c: int, d: int
    ) -> None:
        """Of all addresses only 127/8 is taken without TLS."""
        folder = tmp_path_factory.getbasetemp()
        environment = {"VERMILION_SERVE_HOST": f"{a}.{b}.{c}.{d}"}
        if a == 127:
            load_settings(folder, environment)
        else:
            with pytest.raises(RulebookError):
                load_settings(folder, environment)

    @pytest.mark.parametrize(
        "url",
        [
            "desk.example.com",
            "ftp://desk.example.com",
            "https://",
            "https://desk.example.com/path",
            "https://desk.example.com?q=1",
            "https://me:pass@desk.example.com",
            "https://desk.example.com:port",
            "https://[::1",
        ],
    )
    def test_a_public_address_is_a_site(self, tmp_path: Path, url: str) -> None:
        """Paths, queries, passwords and other schemes are refused."""
        error = refused(tmp_path, f'public_url: "{url}"\n')
        assert error.message == "public_url: this is not the address of a site"


class TestRefused:
    """An error names the place and the remedy."""

    @pytest.mark.parametrize(
        ("text", "where", "message"),
        [
            ("port: 1\nhots: x\n", "serve.yaml:2:1", "there is no field of the file `hots`"),
            ("limits:\n  rate: 0\n", "serve.yaml:2:9", "limits.rate: expected `int` >= 1"),
            ("limits: 5\n", "serve.yaml:1:9", "limits: expected `object`, got `int`"),
            ("log:\n  level: loud\n", "serve.yaml:2:10", "log.level: invalid enum value 'loud'"),
            ("port: x\n", "serve.yaml:1:7", "port: expected `int`, got `str`"),
            ("host: desk\n", "serve.yaml:1:7", "host: `desk` is no address"),
            ("proxies: [proxy]\n", "serve.yaml:1:11", "proxies: `proxy` is no address"),
            ("- 1\n", "serve.yaml:1:1", "the file: expected `object`, got `array`"),
            ("a: &x 1\n", "serve.yaml:1:4", "anchors are not read"),
            ("port: 1\nport: 2\n", "serve.yaml:2:1", "`port` stands twice"),
            ("oidc: {issuer: x}\n", "serve.yaml:1:7", "oidc: `client_id` is lacking"),
        ],
    )
    def test_in_the_file(self, tmp_path: Path, text: str, where: str, message: str) -> None:
        """File, line, column and field stand in the error."""
        error = refused(tmp_path, text)
        assert (error.where, error.message) == (where, message)

    def test_a_misspelt_field_is_suggested(self, tmp_path: Path) -> None:
        """The nearest word is named."""
        assert refused(tmp_path, "hots: x\n").help == "did you mean `host`?"

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("VERMILION_SERVE_PORT", "http", "port: expected `int`, got `str`"),
            ("VERMILION_SERVE_INSECURE", "yes", "insecure: expected `bool`, got `str`"),
            ("VERMILION_SERVE_LIMITS_MAX_BODY", "1", "limits.max_body: expected `int` >= 4096"),
            ("VERMILION_SERVE_HOST", "desk", "host: `desk` is no address"),
        ],
    )
    def test_in_the_environment(self, tmp_path: Path, name: str, value: str, message: str) -> None:
        """The variable is named in place of a line, also where the file sets the field."""
        error = refused(tmp_path, "port: 1\nhost: ::1\nlimits: {max_body: 5000}\n", {name: value})
        assert (error.where, error.message) == (f"environment {name}", message)

    def test_a_misspelt_variable(self, tmp_path: Path) -> None:
        """What would be passed over in silence is refused, with the nearest name."""
        error = refused(tmp_path, "{}", {"VERMILION_SERVE_PROT": "1"})
        assert error.help == "did you mean `VERMILION_SERVE_PORT`?"

    def test_a_webhook(self, tmp_path: Path) -> None:
        """What webhooks refuse is told with the line of the setting."""
        text = "webhooks:\n  subscriptions:\n    - name: shop\n      url: ftp://x\n"
        text += "      secrets: [env:S]\n      kinds: [event.freed]\n"
        error = refused(tmp_path, text, {"S": HOOK})
        assert error.where == "serve.yaml:4:12"


class TestSecrets:
    """Secrets stand elsewhere, are there at start, and never in an error."""

    def test_where_they_may_be(self, tmp_path: Path) -> None:
        """A variable or an absolute file, without the line's end."""
        (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
        assert read_secret(f"file:{tmp_path / 'secret'}", {}) == "s3cret"
        assert read_secret("env:A", {"A": " s3cret\n"}) == "s3cret"

    def test_a_lacking_secret_is_told_at_start(self, tmp_path: Path) -> None:
        """Not when the first person signs in."""
        error = refused(tmp_path, OIDC)
        assert error.message == f"the environment has no `{OIDC_SECRET}`"
        assert load(tmp_path, OIDC, {OIDC_SECRET: "s"}).oidc is not None

    @pytest.mark.parametrize("text", ["hunter2", "file:hunter2", "plain:hunter2", "hunter2:env"])
    def test_a_secret_in_the_file_is_not_repeated(self, tmp_path: Path, text: str) -> None:
        """Whoever wrote it there reads that it does not belong there, and the log does not."""
        error = refused(tmp_path, f"{OIDC}  client_secret: {text}\n")
        assert "hunter2" not in f"{error} {error.help} {error.where}"
        assert error.where == "serve.yaml:7:18"

    @pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", None])
    def test_a_file_without_a_secret(self, tmp_path: Path, content: bytes | None) -> None:
        """Empty, not text, or not there: refused."""
        if content is not None:
            (tmp_path / "secret").write_bytes(content)
        with pytest.raises(RulebookError):
            read_secret(f"file:{tmp_path / 'secret'}", {})

    def test_a_variable_that_a_secret_names_is_no_setting(self, tmp_path: Path) -> None:
        """A secret's variable may begin as settings do."""
        text = f"{OIDC}  client_secret: env:VERMILION_SERVE_MINE\n"
        assert load(tmp_path, text, {"VERMILION_SERVE_MINE": "s"}).oidc is not None

    @pytest.mark.parametrize("issuer", ["http://login.example.com", "login", "ftp://login"])
    def test_the_issuer_is_reached_by_https(self, tmp_path: Path, issuer: str) -> None:
        """What signs people in is not asked in clear."""
        text = OIDC.replace("https://login.example.com", issuer)
        error = refused(tmp_path, text, {OIDC_SECRET: "s"})
        assert error.message == "oidc.issuer: this is no https address"

    def test_sign_in_needs_the_way_back(self, tmp_path: Path) -> None:
        """Without a public address the provider cannot send people back."""
        text = OIDC.replace("public_url: https://desk.example.com\n", "")
        assert "`public_url`" in refused(tmp_path, text, {OIDC_SECRET: "s"}).message
