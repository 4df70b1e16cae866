"""Settings come from the file and the environment; every mistake is one line that helps."""

import dataclasses
import math
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.config import SECTIONS, keys, load
from publisher.errors import SettingsError
from tests.support.settings import loaded, refused, value_of

# --- Values -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("newsletter.title", '" Papers "', "Papers"),
        ("newsletter.description", '""', ""),
        ("newsletter.base_url", '"https://example.org"', "https://example.org/"),
        ("newsletter.base_url", '"http://example.org:8000/a/"', "http://example.org:8000/a/"),
        ("newsletter.base_url", '"http://[::1]:8000"', "http://[::1]:8000/"),
        ("newsletter.languages", '["en"]', ("en",)),
        ("newsletter.interface_language", '"zh-Hans"', "zh-Hans"),
        ("newsletter.languages", '"en, zh-Hans"', ("en", "zh-Hans")),
        ("newsletter.id_authority", '"example.org"', "example.org"),
        ("newsletter.id_authority", '"ann@example.org"', "ann@example.org"),
        ("mail.bounce_domain", '"xn--bcher-kva.example"', "xn--bcher-kva.example"),
        ("newsletter.logo", '"art/logo.PNG"', "art/logo.PNG"),
        ("newsletter.logo", '"https://x.org:8080/a.jpg"', "https://x.org:8080/a.jpg"),
        ("mail.list_id", '"news.example.org"', "news.example.org"),
        ("newsletter.id_year", "2026", 2026),
        ("digests.settle", '"0s"', timedelta()),
        ("digests.settle", '"1.5 s"', timedelta(seconds=1.5)),
        ("digests.settle", '"10m"', timedelta(minutes=10)),
        ("mail.max_lateness", '"12h"', timedelta(hours=12)),
        ("mail.max_lateness", '"7d"', timedelta(days=7)),
        ("mail.max_lateness", '"2w"', timedelta(weeks=2)),
        ("database.url", '"sqlite:////var/lib/state.db"', "sqlite:////var/lib/state.db"),
        ("database.url", '"postgresql://host/name"', "postgresql://host/name"),
        (
            "database.url",
            '"postgresql://u:p/%40@[::1]:5/n?a=b"',
            "postgresql://u:p/%40@[::1]:5/n?a=b",
        ),
        ("mail.bounces", '"IMAPS://u:p%40@host/A%23B"', "imaps://u:p%40@host/A%23B"),
        ("mail.relay", '"smtp://user:pa%40ss@host:587"', "smtp://user:pa%40ss@host:587"),
        ("mail.relay", '"smtps://[::1]"', "smtps://[::1]"),
        ("mail.relay", '"maildir:box"', "maildir:box"),
        ("mail.bounces", '""', ""),
        ("mail.bounces", '"/var/mail/bounces"', "/var/mail/bounces"),
        ("mail.bounces", '"imaps://a%40b.org:c@host/INBOX"', "imaps://a%40b.org:c@host/INBOX"),
        ("mail.bounces", '"imap://a:b@[::1]:1143"', "imap://a:b@[::1]:1143"),
        ("mail.tls", '"opportunistic"', "opportunistic"),
        ("mail.on_uncertain", '"resend"', "resend"),
        ("schedule.timezone", '"Asia/Shanghai"', ZoneInfo("Asia/Shanghai")),
        ("schedule.at", "[]", ()),
        ("schedule.at", '["18:00", "08:00", "08:00"]', (time(8), time(18))),
        ("schedule.max_issues_per_tick", "1", 1),
        ("schedule.max_issues_per_tick", "1000", 1000),
    ],
)
def test_good_value(tmp_path: Path, name: str, written: str, expected: object) -> None:
    """A value that can be used is taken, in its one form."""
    section, key = name.split(".")
    assert expected == value_of(loaded(tmp_path, f"[{section}]\n{key} = {written}\n"), name)


ADDRESS = 'wants an address like "https://news.example.org/"'
DURATION = 'wants a duration like "2s", "10m", "12h" or "7d"'
PICTURE = 'wants a GIF, JPEG or PNG, like "logo.png" or "https://x.org/logo.png"'
LIST = 'wants a name like "news.example.org", without < and >'
ONE_LINE = "wants one line of text without control characters"
DOMAIN = 'wants a domain name of yours in lower case, like "example.org"'
OPEN = "wants an address without user and password: everybody reads it"
ENCODE = "; in USER and PASSWORD write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for #"
BOUNCES = 'wants a folder, a file or "imaps://USER:PASSWORD@HOST/FOLDER"'
RELAYS = (
    'wants "smtp://HOST", "smtps://HOST", "lmtp://HOST", "lmtp:///SOCKET", "sendmail:" or '
    '"maildir:FOLDER"'
)
PROGRAM = 'wants "sendmail:" or "sendmail:/PATH/TO/PROGRAM"'
TOKEN = 'wants a program and its arguments, like ["oauth2-token", "news"]'
DATABASE = 'wants "sqlite:///FILE" or "postgresql://[USER:PASSWORD@]HOST[:PORT]/NAME"'
RELAY = 'wants "smtp://[USER:PASSWORD@]HOST[:PORT]"'
TIME = 'wants times of day like "08:00", not '
TWO = "wants one language, or two different ones: original, translation"
ZONE = 'wants a time zone like "Asia/Shanghai", not '


@pytest.mark.parametrize(
    ("name", "written", "expected"),
    [
        ("newsletter.title", '""', "wants some text"),
        ("newsletter.title", '" "', "wants some text"),
        ("newsletter.title", "3", "wants some text"),
        ("newsletter.title", r'"a\nb"', ONE_LINE),
        ("newsletter.description", r'"a\u0007"', ONE_LINE),
        ("newsletter.description", r'"a\u0085"', ONE_LINE),
        ("newsletter.base_url", '"news.example.org"', ADDRESS),
        ("newsletter.base_url", '"ftp://example.org"', ADDRESS),
        ("newsletter.base_url", '"https://"', ADDRESS),
        ("newsletter.base_url", '"https://例子.cn/"', ADDRESS),
        ("newsletter.base_url", '"https://exa mple.org/"', ADDRESS),
        ("newsletter.base_url", "'https://example.org/\"><script>'", ADDRESS),
        ("newsletter.base_url", '"https://example.org:99999/"', ADDRESS),
        ("newsletter.base_url", '"https://[::1"', ADDRESS),
        ("newsletter.base_url", '"https://example.org/?a"', "wants an address without ? and #"),
        ("newsletter.base_url", '"https://example.org/#a"', "wants an address without ? and #"),
        ("newsletter.base_url", '"https://a:b@example.org/"', OPEN),
        ("web.url", '"https://a@example.org/"', OPEN),
        ("newsletter.interface_language", '"fr"', 'wants "en" or "zh-Hans", not \'fr\''),
        ("newsletter.interface_language", "[]", 'wants "en" or "zh-Hans", not []'),
        ("newsletter.languages", "[]", 'wants a list of texts, like ["en", "zh-Hans"]'),
        ("newsletter.languages", "3", 'wants a list of texts, like ["en", "zh-Hans"]'),
        ("newsletter.languages", '["en", 3]', "wants some text"),
        ("newsletter.languages", '["en", "en"]', TWO),
        ("newsletter.languages", '["zh-Hans", "zh-hans"]', TWO),
        ("newsletter.languages", '["en", "fr", "de"]', TWO),
        (
            "newsletter.languages",
            '["english text"]',
            'wants BCP 47 tags like "en" or "zh-Hans", not \'english text\'',
        ),
        *(
            ("newsletter.id_authority", f'"{each}"', DOMAIN)
            for each in ("Example.org", "-x-", "a.-b", "a@", "@b", "a@b@c")
        ),
        ("mail.bounce_domain", '"bounces@example.org"', DOMAIN),
        ("mail.bounce_domain", '"-example.org"', DOMAIN),
        *(
            ("newsletter.logo", f'"{each}"', PICTURE)
            for each in ("logo.svg", "/logo.png", "//x.org/a.png", "javascript:a.png", "x.png?a")
        ),
        ("mail.list_id", '"<news.example.org>"', LIST),
        ("mail.list_id", '"news"', LIST),
        ("mail.list_id", '"a:b.example.org"', LIST),
        ("mail.list_id", f'"{"a." * 127}aa"', LIST),
        ("newsletter.id_year", '"x"', "wants a whole number from 0 to 9999"),
        ("newsletter.id_year", "true", "wants a whole number from 0 to 9999"),
        ("newsletter.id_year", "10000", "wants a whole number from 0 to 9999"),
        ("digests.settle", "2", DURATION),
        ("digests.settle", '"-2s"', DURATION),
        ("digests.settle", '"2 years"', DURATION),
        ("digests.settle", "true", DURATION),
        ("digests.settle", f'"{"9" * 20}w"', DURATION),
        ("digests.dir", '""', "wants some text"),
        ("database.url", '"mysql://x"', DATABASE),
        ("database.url", '"postgresql://u:p@ss@host/name"', DATABASE + ENCODE),
        ("database.url", '"postgresql://u:p@host:x/name"', DATABASE + ENCODE),
        ("mail.relay", '"smtp://u:25#x@host"', RELAY + ENCODE),
        ("mail.bounces", '"imaps://u:993#x@host"', BOUNCES + ENCODE),
        ("mail.bounces", '"imaps:u:x@host"', BOUNCES + ENCODE),
        ("mail.bounces", '"u:x@host"', BOUNCES + ENCODE),
        ("mail.bounces", '"pop3://a:b@host"', BOUNCES + ENCODE),
        ("mail.bounces", '"imaps://"', BOUNCES),
        ("mail.bounces", '"imaps://a:b@host:0"', BOUNCES + ENCODE),
        ("mail.bounces", '"imaps://a:se#cret@host"', BOUNCES + ENCODE),
        ("mail.bounces", '"imaps://[::1"', BOUNCES),
        ("mail.relay", '"host"', RELAYS),
        ("mail.relay", '"lmtp://"', RELAY.replace("smtp", "lmtp")),
        ("mail.relay", '"lmtp://host/path"', RELAY.replace("smtp", "lmtp")),
        ("mail.relay", '"smtp:///run/socket"', RELAY),
        ("mail.relay", '"sendmail:bin/sendmail"', PROGRAM),
        ("mail.relay", '"sendmail://host"', PROGRAM),
        ("mail.hello", '"my host"', 'wants a host name of yours, like "mail.example.org"'),
        ("mail.auth", '"NTLM"', "wants one of PLAIN, LOGIN, CRAM-MD5, XOAUTH2, OAUTHBEARER"),
        ("mail.token_command", "'\"unended'", TOKEN),
        ("mail.token_command", "3", TOKEN),
        ("mail.tls_name", '"a b"', 'wants the name in a certificate, like "mail.example.org"'),
        (
            "mail.dkim_headers",
            '["from", "a:b"]',
            """wants names of header fields, like ["from", "to"], not 'a:b'""",
        ),
        (
            "mail.dkim_headers",
            '["received"]',
            "names 'received', which must not be signed (RFC 6376 5.4)",
        ),
        ("mail.relay", '"maildir:"', 'wants a folder after "maildir:"'),
        ("mail.relay", '"smtp://"', RELAY),
        ("mail.relay", '"smtp://host:0"', RELAY),
        ("mail.relay", '"smtp://host:port"', RELAY),
        ("mail.relay", '"smtp://host/path"', RELAY),
        ("mail.relay", '"smtp://user:se#cret@host"', RELAY + ENCODE),
        ("mail.tls", '"yes"', 'wants "required", "opportunistic" or "off"'),
        ("mail.on_uncertain", '"retry"', 'wants "hold" or "resend"'),
        ("mail.tls", "[]", 'wants "required", "opportunistic" or "off"'),
        ("schedule.timezone", '"Beijing"', f"{ZONE}'Beijing'"),
        ("schedule.timezone", '"../etc/passwd"', f"{ZONE}'../etc/passwd'"),
        ("schedule.timezone", '"Europe"', f"{ZONE}'Europe'"),
        ("schedule.at", '["8:00"]', f"{TIME}'8:00'"),
        ("schedule.at", '["24:00"]', f"{TIME}'24:00'"),
        ("schedule.at", "8", f"{TIME}8"),
        ("schedule.max_issues_per_tick", "0", "wants a whole number from 1 to 1000"),
        ("schedule.max_issues_per_tick", "1001", "wants a whole number from 1 to 1000"),
    ],
)
def test_bad_value(tmp_path: Path, name: str, written: str, expected: str) -> None:
    """A value that cannot be used is told by file, line and name, with what is wanted."""
    section, key = name.split(".")
    said = refused(tmp_path, f"\n[{section}]\n{key} = {written}\n")
    assert f"publisher.toml:3:1: {name} {expected}" == said


def test_defaults(tmp_path: Path) -> None:
    """An empty file is a newsletter with every setting at its default."""
    settings = loaded(tmp_path)
    root = tmp_path.resolve()
    expected = {
        "digests.dir": root / "seeds",
        "output.dir": root / "out",
        "newsletter.base_url": "http://localhost:8000/",
        "schedule.at": (),
    }
    assert expected == {name: value_of(settings, name) for name in expected}


def written(default: object) -> object:
    """Return a default as a person would write it."""
    match default:
        case Path():
            return str(default)
        case ZoneInfo():
            return default.key
        case timedelta():
            return f"{default.total_seconds():.15g}s"
        case ():
            return []
        case None | math.inf:
            return ""
        case _:
            return default


def test_every_default_could_be_written() -> None:
    """No default is a value that the setting itself would refuse."""
    expected = {(key.section, key.name): key.default for key in keys()}
    assert expected == {
        (key.section, key.name): key.convert(written(key.default)) for key in keys()
    }


# --- The file -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        (
            "[newsleter]",
            'publisher.toml:1:1: unknown section "newsleter"; did you mean "newsletter"?',
        ),
        (
            "\n[cake]",
            'publisher.toml:2:1: unknown section "cake"; known are: newsletter, digests, output, ',
        ),
        (
            '[newsletter]\n# title\ntitel = "x"',
            'publisher.toml:3:1: unknown setting "newsletter.titel"; did you mean "title"?',
        ),
        (
            '[mail]\nfrom = "a@b.org"\n[digests]\nfrom = "x"',
            'publisher.toml:4:1: unknown setting "digests.from"; known are: dir, settle',
        ),
        (
            '[mail]\n"sender" = "x"',
            'publisher.toml:2:1: unknown setting "mail.sender"; known are: from, reply_to, ',
        ),
        ('title = "x"', 'publisher.toml:1:1: unknown section "title"; known are: '),
        ("newsletter = 3", "publisher.toml:1:1: [newsletter] is a section"),
        ("[newsletter\n", "publisher.toml:1:12: not TOML: Expected ']' at the end of a table"),
        ("[mail]\nfrom = x", "publisher.toml:2:8: not TOML: Invalid value"),
        ("[mail]\nfrom = '''", "publisher.toml: not TOML: "),
    ],
)
def test_bad_file(tmp_path: Path, toml: str, expected: str) -> None:
    """A mistake in the file is told with its line and the nearest right name."""
    assert refused(tmp_path, toml).startswith(expected)


def test_no_file(tmp_path: Path) -> None:
    """A folder that is no newsletter is told so, with how to make one and how to name another."""
    with pytest.raises(SettingsError, match=r"publisher\.toml: no such file; `publisher init DIR`"):
        load(tmp_path, {})


def test_file_in_another_encoding(tmp_path: Path) -> None:
    """A file that is not UTF-8 is told so."""
    (tmp_path / "publisher.toml").write_bytes('[newsletter]\ntitle = "论文"'.encode("gb18030"))
    with pytest.raises(SettingsError, match=r"publisher\.toml: cannot be read as UTF-8 text: "):
        load(tmp_path, {})


def test_byte_order_mark(tmp_path: Path) -> None:
    """A file with a byte order mark, as some editors write it, is read."""
    assert "x" == loaded(tmp_path, '\ufeff[newsletter]\ntitle = "x"\n').newsletter.title


# --- The list of settings -----------------------------------------------------------------


def test_keys_are_all_fields() -> None:
    """Every field of every section is a setting with a documentation of one paragraph."""
    fields = [
        (name, each.name) for name, kind in SECTIONS.items() for each in dataclasses.fields(kind)
    ]
    assert fields == [(key.section, key.attribute) for key in keys()]
    assert [] == [key for key in keys() if not key.doc or "\n" in key.doc]
