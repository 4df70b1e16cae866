"""Which columns say who wants mail, and what an import makes of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.errors import InputError
from publisher.storage.database import Database
from publisher.storage.subscribers import suppression_reasons
from publisher.subscribers import admin, csv_import
from publisher.subscribers.import_columns import Options
from publisher.subscribers.languages import Languages
from tests.support.imports import everyone
from tests.support.newsletter_folder import KEYS, NOW, fresh_database

ANN, BOB = "ann@example.org", "bob@example.org"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a file to import."""
    return tmp_path / "people.csv"


def statuses(database: Database, file: Path, text: str, **options: object) -> dict[str, str]:
    """Import a list, and return the status of everyone."""
    file.write_text(text, encoding="utf-8")
    chosen = Options(**options)  # type: ignore[arg-type]  # the tests name real options
    csv_import.import_file(database, KEYS, file, now=NOW, options=chosen)
    return {row.address: row.status for row in admin.list_subscribers(database)}


# --- Understood ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "stays", "leaves", "status"),
    [
        ("subscribed", "true", "false", "unsubscribed"),
        ("active", "1", "0", "unsubscribed"),
        ("isActive", "Y", "N", "unsubscribed"),
        ("opt_in", "yes", "no", "unsubscribed"),
        ("emailOptIn", "TRUE", "FALSE", "unsubscribed"),
        ("Accepts Email Marketing", "yes", "no", "unsubscribed"),
        ("Email Marketing Consent", "SUBSCRIBED", "UNSUBSCRIBED", "unsubscribed"),
        ("Global status", "Subscribed", "Unsubscribed", "unsubscribed"),
        ("Status", "Active", "Bounced", "suppressed"),
        ("state", "active", "complained", "suppressed"),
        ("confirmed", "1", "0", "unconfirmed"),
        ("confirmed_at", "2024-01-01", "", "unconfirmed"),
        ("blacklisted", "0", "1", "suppressed"),
        ("EMAIL_BLOCKLISTED", "false", "true", "suppressed"),
        ("dnc_email", "0", "1", "suppressed"),
        ("Do Not Email", "No", "Yes", "suppressed"),
        ("HasOptedOutOfEmail", "false", "true", "unsubscribed"),
        ("Unsubscribed from all email", "", "true", "unsubscribed"),
        ("unsubscribed_at", "", "2024-01-01T10:00:00Z", "unsubscribed"),
        ("deleted_at", "NULL", "1700000000", "unsubscribed"),
        ("Date removed", "0000-00-00 00:00:00", "3 May 2024", "unsubscribed"),
        ("disabled", "0", "1", "unsubscribed"),
        ("suspended_at", "", "2024-01-01", "unsubscribed"),
        ("not_subscribed", "0", "1", "unsubscribed"),
        ("No newsletter", "", "x", "unsubscribed"),
        ("newsletter_off", "0", "1", "unsubscribed"),
        ("Unsubscribe date", "", '"Mon, 5 Jan 2024 10:00 +0100"', "unsubscribed"),
        ("reception", "mail", "nomail", None),
        ("type", "subscriber", "unsubscribed", "unsubscribed"),
        ("状态", "已订阅", "已退订", "unsubscribed"),
        ("订阅状态", "正常", "黑名单", "suppressed"),
        ("是否订阅", "是", "否", "unsubscribed"),
        ("退订时间", "", "2024年3月1日", "unsubscribed"),
        ("配信停止", "", "1", "unsubscribed"),
        ("Abgemeldet am", "", "01.02.2024", "unsubscribed"),
        ("Newsletter", "ja", "nein", "unsubscribed"),
        ("Désabonné", "non", "oui", "unsubscribed"),
        ("email", "yes", "no", "unsubscribed"),
    ],
)
def test_understood(
    database: Database, file: Path, column: str, stays: str, leaves: str, status: str | None
) -> None:
    """Who left by a column whose meaning is known is not confirmed; who stays is."""
    text = f"{column},Address\n{stays},{ANN}\n{leaves},{BOB}\n"
    if status is None:
        with pytest.raises(InputError, match=f'values of "{column}" that nobody knows: {stays}'):
            statuses(database, file, text)
    else:
        assert {ANN: "confirmed", BOB: status} == statuses(database, file, text)


def test_reasons(database: Database, file: Path) -> None:
    """Why somebody is suppressed is kept, as far as the column says."""
    text = f"email,bounced,spam_complaint\n{ANN},1,0\n{BOB},0,1\n"
    statuses(database, file, text)
    with database.read() as connection:
        assert {ANN: "bounced", BOB: "complained"} == suppression_reasons(connection, [ANN, BOB])


@pytest.mark.parametrize(
    "text",
    [
        "email,name,state\nann@example.org,Ann,CA\nbob@example.org,Bob,NY\n",
        "email,city,state\nann@example.org,A,Bayern\nbob@example.org,B,Hessen\n",
        "email,company,notes\nann@example.org,Active AG,he unsubscribed\nbob@example.org,Bounce,\n",
        "email,billing_state,order_status\nann@example.org,CA,cancelled\nbob@example.org,,open\n",
        "email,unsubscribe_link,subscriber_id\nann@example.org,/x/1,7\nbob@example.org,/x/2,8\n",
        "email,Accepts SMS Marketing\nann@example.org,no\nbob@example.org,no\n",
        "email,status_changed_at,options\nann@example.org,2024-01-01,a\nbob@example.org,,b\n",
        ",email\n0,ann@example.org\n2,bob@example.org\n",
        "ann@example.org,Ann\nbob@example.org,Bob\n",
    ],
)
def test_about_something_else(database: Database, file: Path, text: str) -> None:
    """Columns about something else do not stop an import."""
    assert {ANN: "confirmed", BOB: "confirmed"} == statuses(database, file, text)


# --- Not understood -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"email,subscription_state\n{ANN},1\n{BOB},2\n",
            r'"subscription_state" .*: 1 \(1\), 2 \(1',
        ),
        (f"email,status\n{ANN},C\n{BOB},U\n", r'"status" that nobody knows: C \(1\), U \(1\)'),
        (
            f"email,status\n{ANN},subscribed\n{BOB},\n",
            r'"status" that nobody knows: \(empty\) \(1\)',
        ),
        (f"email,status\n{ANN},1\n{BOB},-1\n", r"1 \(1\), -1 \(1\)"),
        (f"email,marketing\n{ANN},weekly\n{BOB},weekly\n", r'"marketing" .* weekly \(2\)'),
        (f"email,bounces\n{ANN},0\n{BOB},3\n", r'"bounces" that nobody knows: 3 \(1\)'),
        (f"email,tags\n{ANN},vip\n{BOB},vip|unsubscribed\n", r'"tags" .* vip\|unsubscribed \(1\)'),
        (f"email,unconfirmed\n{ANN},0\n{BOB},1\n", r'"unconfirmed" .* 0 \(1\), 1 \(1\)'),
        (f"email,subscription_ended\n{ANN},\n{BOB},2024-01-01\n", r"\(dates\) \(1\)"),
        (f"email,reason\n{ANN},550 no such user\n", r'"reason" .* 550 no such user \(1\)'),
        (f"{ANN},Ann,1\n{BOB},Bob,0\n", r'"column 3" that nobody knows: 1 \(1\), 0 \(1\)'),
    ],
)
def test_not_understood(database: Database, file: Path, text: str, expected: str) -> None:
    """A column that may say who left, in words nobody knows, stops the import before all rows."""
    with pytest.raises(InputError, match=rf":1: nothing is imported: .*{expected}"):
        statuses(database, file, text)
    assert [] == everyone(database)


def test_not_understood_in_the_last_row(database: Database, file: Path) -> None:
    """All of a file is read before anything is written, however long it is."""
    rows = "".join(f"reader{number}@example.org,active\n" for number in range(25_000))
    with pytest.raises(InputError, match=r'"status" that nobody knows: odd \(1\)'):
        statuses(database, file, f"email,status\n{rows}{BOB},odd\n")
    assert [] == everyone(database)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("active,2024-01-01,,", '"status" (active) says confirmed, "unsubscribed_at" (2024-01-01)'),
        ("active,,yes,", '"status" (active) says confirmed, "bounced" (yes) says suppressed'),
        ("unsubscribed,,,yes", '"status" (unsubscribed) says unsubscribed, "opt_in" (yes)'),
    ],
)
def test_contradiction(database: Database, file: Path, row: str, expected: str) -> None:
    """A row whose columns contradict each other is rejected."""
    file.write_text(f"email,status,unsubscribed_at,bounced,opt_in\n{ANN},{row}\n")
    told: list[str] = []
    csv_import.import_file(database, KEYS, file, now=NOW, reject=lambda _, why: told.append(why))
    assert [True] == [expected in why for why in told]
    assert [] == everyone(database)


def test_the_strictest_counts(database: Database, file: Path) -> None:
    """Columns about different things are no contradiction: the strictest counts."""
    text = f"email,confirmed,blacklisted\n{ANN},1,1\n{BOB},0,0\n"
    assert {ANN: "suppressed", BOB: "unconfirmed"} == statuses(database, file, text)


# --- What the user says -------------------------------------------------------------------


def test_map(database: Database, file: Path) -> None:
    """Values are explained by the user, in any case and however words are parted."""
    text = f"email,status\n{ANN},Opt-A\n{BOB},opt_b\ncleo@example.org,\n"
    words = Options.mapped(["OPT A=confirmed", "opt-b=Unsubscribed", "=unconfirmed"])
    expected = {ANN: "confirmed", BOB: "unsubscribed", "cleo@example.org": "unconfirmed"}
    assert expected == statuses(database, file, text, words=words)


def test_map_overrules_nothing(database: Database, file: Path) -> None:
    """What is understood keeps its meaning, unless the user names the column, too."""
    text = f"email,blacklisted\n{ANN},0\n{BOB},1\n"
    words = Options.mapped(["1=confirmed"])
    with pytest.raises(InputError, match=r'--map "1=confirmed" changes nothing'):
        statuses(database, file, text, words=words)
    both = statuses(database, file, text, words=words, status_columns=("Blacklisted",))
    assert {ANN: "confirmed", BOB: "confirmed"} == both


def test_status_column(database: Database, file: Path) -> None:
    """A column whose name tells nothing is one of statuses when the user says so."""
    text = f"email,Stufe\n{ANN},1\n{BOB},2\n"
    with pytest.raises(InputError, match='"Stufe" that nobody knows'):
        statuses(database, file, text, status_columns=("stufe",))
    words = {"1": "confirmed", "2": "unsubscribed"}
    both = statuses(database, file, text, status_columns=("stufe",), words=words)
    assert {ANN: "confirmed", BOB: "unsubscribed"} == both


def test_ignore(database: Database, file: Path) -> None:
    """A column that looks like consent is about something else when the user says so."""
    text = f"email,marketing\n{ANN},weekly\n{BOB},unsubscribed\n"
    both = statuses(database, file, text, ignored=("Marketing",))
    assert {ANN: "confirmed", BOB: "confirmed"} == both


@pytest.mark.parametrize("option", ["email", "status_columns", "ignored"])
def test_no_such_column(database: Database, file: Path, option: str) -> None:
    """A column that is not there is named, with those that are."""
    value = "contact" if option == "email" else ("contact",)
    with pytest.raises(InputError, match='"contact": no such column; its columns are "email", "a"'):
        statuses(database, file, f"email,a\n{ANN},\n", **{option: value})


@pytest.mark.parametrize("pair", ["1", "1=", "1=gone", "=x"])
def test_bad_map(pair: str) -> None:
    """A pair that is none, or whose status is none, is refused."""
    with pytest.raises(InputError, match=f"--map {pair}: STATUS must be one of unconfirmed, "):
        Options.mapped([pair])


# --- Addresses, names, languages ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"E-mail,Name\n{ANN},\n", []),
        (f"Email Address,Name\n{ANN},\n", ['addresses are in "Email Address"']),
        (f"E-mail Address,E-mail 2 Address\n{ANN},\n",
         ['addresses are in "E-mail Address"; not used: "E-mail 2 Address"']),
        (f"email,work email\n{ANN},{BOB}\n", ['addresses are in "email"; not used: "work email"']),
        (f"Type,E-mail 1 - Value\nHome,{ANN}\n", ['addresses are in "E-mail 1 - Value"']),
        (f"邮箱,姓名\n{ANN},\n", ['addresses are in "邮箱"']),
        (f"who,contact\nAnn,{ANN}\n", ['addresses are in "contact"']),
        (f"Subscriber,Clicks\n{ANN},3\n", ['addresses are in "Subscriber"']),
    ],
)  # fmt: skip
def test_address_column(database: Database, file: Path, text: str, told: list[str]) -> None:
    """The column with addresses is found by its name or its cells, and told."""
    file.write_text(text, encoding="utf-8")
    done = csv_import.import_file(database, KEYS, file, now=NOW)
    assert (1, told) == (done.added, list(done.columns))


def test_address_column_by_name(database: Database, file: Path) -> None:
    """Of several columns with addresses the user may choose."""
    both = statuses(database, file, f"email,work\n{ANN},{BOB}\n", email="Work")
    assert {BOB: "confirmed"} == both


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ann Lee <ann@example.org>\n", "Ann Lee"),
        ('"Lee, Ann" <ann@example.org>\n', "Lee, Ann"),
        ("email,name\nA <ann@example.org>,Ann Lee\n", "Ann Lee"),
        ("email,FIRSTNAME,LASTNAME\nann@example.org,Ann,Lee\n", "Ann Lee"),
        ("邮箱,姓名\nann@example.org,李安\n", "李安"),
    ],
)
def test_names(database: Database, file: Path, text: str, name: str) -> None:
    """A name is that of a column, or what stands before the address."""
    statuses(database, file, text)
    assert [(ANN, name, "", "confirmed")] == everyone(database)


def test_languages(database: Database, file: Path) -> None:
    """A language means one of the newsletter's, or is kept and told."""
    text = "email,language\na@x.org,zh-CN\nb@x.org,en_US\nc@x.org,fr\nd@x.org,zh-TW\ne@x.org,\n"
    file.write_text(text, encoding="utf-8")
    options = Options(languages=Languages(("en", "zh-Hans")))
    done = csv_import.import_file(database, KEYS, file, now=NOW, options=options)
    kept = [language for _, _, language, _ in everyone(database)]
    assert ["zh-Hans", "en", "fr", "zh-TW", ""] == kept
    assert {"fr": 1, "zh-TW": 1} == done.languages


@pytest.mark.parametrize(
    ("tag", "own"),
    [
        ("", ""),
        ("EN", "en"),
        ("zh", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-Hant", None),
        ("x", None),
    ],
)
def test_language_of_a_newsletter(tag: str, own: str | None) -> None:
    """A language is the newsletter's in any of its names."""
    languages = Languages(("en", "zh-Hans"))
    assert own == languages.match(tag)
    if own is None:
        with pytest.raises(InputError, match=r"is none of newsletter.languages \(en, zh-Hans\)"):
            languages.require(tag)
