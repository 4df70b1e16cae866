"""Whatever stands in a setting, it is taken, or refused in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.config import keys, load
from publisher.config.settings import Key
from publisher.errors import SettingsError

KEYS = list(keys())
LONG = "x" * 300
TEXTS = [
    *("", " ", "\0", "a\0b", "\u202ea", "a\x1bb", "a\nb", "a\r\nBcc: b", LONG, "9" * 5000),
    *("a..b", ".", "..", "/", "~nobody-has-this-name/x", "../etc/passwd", "Etc/../UTC", "UTC/"),
    *(
        "http://[::1",
        "http://a..b/",
        f"http://{LONG}/",
        "http://h:0/",
        "http://h:abc/",
        "//",
        "://",
    ),
    *("http://h:99999/", "http://h:\u0661/", "http://u:p@h/", "http://a\u2100b.org/", "http://"),
    *("smtp://a..b", "smtps://[::1", "lmtp://h:abc", "lmtp:///", "sendmail:/%00", "maildir:"),
    *("imaps://a..b/", "imap://u:p@[::1", "mysql://h/d", "postgresql://u:p@h:abc/d", "sqlite:///"),
    *("0", "-1", "1e400", "nan", "inf", "0/s", "9" * 400 + "/d", "\u0663d", "1" * 5000 + "s"),
    *(
        "24:00",
        "\u0660\u0668:00",
        "22:00-22:00",
        "-",
        "0001-01-01",
        "9999-12-31",
        "x" * 64 + ".org",
    ),
    *("a@b@c", "<>", "a@a..b", "a@x.org, b@x.org", "=?utf-8?q?x?=", "x:", ":x", "'", "a b=c d"),
    *("10.0.0.0/99", "::/-1", "* rate", "qq.com rate=", "smtp://a, smtp://a", "en,en", "zz-"),
]
#: As TOML writes them.
TABLES = [
    *("0", "-1", "1.5", "nan", "inf", "true", "[]", "{}", "[[]]", "[1]", '[""]', "[{}]", "{a=1}"),
    *("{a={b={c=1}}}", "1979-05-27", "07:32:00", "0001-01-01T00:00:00+23:59", "1e999"),
    *("1" + "0" * 5000, "0x" + "f" * 5000, "[" * 2000 + "]" * 2000, '"\\uD800"', '"\\u0000"'),
    *('[{url=["smtp://a"]}]', '[{url="smtp://a",weight=nan}]', '{""={}}', '{"a..b"={rate="1/s"}}'),
    *('{"*"={rate={}}}', '{"\\u0000"={}}', '["a", 1]', '["\\u0000"]'),
]


def one_line(folder: Path, toml: str, environ: dict[str, str]) -> None:
    """Load settings, and make sure that what is raised is one line."""
    (folder / "publisher.toml").write_text(toml, encoding="utf-8")
    refusal = ""
    try:
        load(folder, environ)
    except SettingsError as error:
        refusal = str(error)
    assert "\n" not in refusal


@pytest.mark.parametrize("key", KEYS, ids=lambda key: f"{key.section}.{key.name}")
def test_odd_value(tmp_path: Path, key: Key) -> None:
    """Each odd text and each odd table is taken or refused, in the file and in the variable."""
    for text in TEXTS:
        one_line(tmp_path, "", {key.variable: text})
        one_line(tmp_path, f"[{key.section}]\n{key.name} = {json.dumps(text)}\n", {})
    for table in TABLES:
        one_line(tmp_path, f"[{key.section}]\n{key.name} = {table}\n", {})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.sampled_from(KEYS),
    text=st.text(max_size=30) | st.lists(st.sampled_from(TEXTS), max_size=4).map("".join),
)
def test_any_text(tmp_path: Path, key: Key, text: str) -> None:
    """Any text is taken or refused."""
    one_line(tmp_path, "", {key.variable: text})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("mail.relay", f"{scheme}://a..b") for scheme in ("smtp", "smtps", "lmtp")),
        ("mail.relay", f"smtp://{'x' * 64}.org"),
        ("mail.relay", "smtp://" + "a." * 130 + "org"),
        ("mail.bounces", "imaps://u:p@a..b/INBOX"),
        ("mail.tls_name", "."),
        ("mail.tls_name", ":"),
        ("mail.tls_name", "x" * 64 + ".org"),
        ("mail.hello", "x" * 64 + ".org"),
        ("mail.bounce_domain", "x" * 64 + ".org"),
        ("newsletter.base_url", "http://a..b/"),
        ("newsletter.hub", "http://a..b/"),
        ("web.host", "a..b"),
        ("web.url", "http://a..b/"),
        ("digests.dir", "~nobody-has-this-name/seeds"),
        ("mail.dkim", "p:~nobody-has-this-name/key.pem"),
    ],
)
def test_no_such_name(tmp_path: Path, name: str, value: str) -> None:
    """A name that no host, or nobody here, can have is refused where it is written."""
    section, key = name.split(".")
    file = tmp_path / "publisher.toml"
    file.write_text(f"[{section}]\n{key} = {json.dumps(value)}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"publisher\.toml:2:1: {name} wants "):
        load(tmp_path, {})


def test_output_that_no_disk_has(tmp_path: Path) -> None:
    """A folder whose name is too long for a file system is refused before anything is built."""
    (tmp_path / "publisher.toml").write_text(f'[output]\ndir = "{LONG}"\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=r"output\.dir: .*: cannot be used: File name too long"):
        load(tmp_path, {})


def test_a_name_in_another_script(tmp_path: Path) -> None:
    """A host name in any script is taken."""
    (tmp_path / "publisher.toml").write_text('[mail]\nrelay = "smtp://bücher.example"\n', "utf-8")
    assert "smtp://bücher.example" == load(tmp_path, {}).mail.relay


@pytest.mark.parametrize("toml", ["a = " + "[" * 5000, "a = 1" + "0" * 5000, "a = [" * 9])
def test_no_toml(tmp_path: Path, toml: str) -> None:
    """A file that cannot be read as TOML, for whatever reason, is one line."""
    (tmp_path / "publisher.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"publisher\.toml.*: not TOML: ") as caught:
        load(tmp_path, {})
    assert "\n" not in str(caught.value)
