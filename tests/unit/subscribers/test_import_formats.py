"""Other services' exports are known by their headers, and mean what they mean there.

The samples have the columns of real exports (their code and documentation, read 2026-11).
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.errors import InputError
from publisher.storage.database import Database
from publisher.storage.subscribers import suppression_reasons
from publisher.subscribers import admin, csv_import
from tests.support.newsletter_folder import KEYS, NOW, fresh_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Open an empty database."""
    with fresh_database(tmp_path) as found:
        yield found


#: One file each: its text, and what is known afterwards: address, name, status.
MAILCHIMP = "Email Address,First Name,Last Name,Company,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,"
MAILCHIMP += "CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,"
SAMPLES = {
    "Mailchimp, subscribed": (
        (
            f"{MAILCHIMP}LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
            "ann@example.org, Ann , Lee ,,2,2018-02-05 19:28:22,,2018-02-05 19:28:22,,,,,,,,,,1,a,,"
            '"""Editors"""\n'
            "bob@example.org,,,,2,,,2015-03-16 14:40:47,,,,,,,,,,1,a,,\n"
        ),
        "a file of Mailchimp's audience export",
        [("ann@example.org", "Ann Lee", "confirmed"), ("bob@example.org", "", "confirmed")],
    ),
    "Mailchimp, unsubscribed": (
        (
            f"{MAILCHIMP}UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,"
            "UNSUB_REASON_OTHER,LEID,EUID,NOTES,TAGS\n"
            "ann@example.org,Ann,,,,2018-02-12 10:54:27,,2018-02-12 10:54:27,,,,,,,,,"
            "2018-07-23 12:19:27,,,,,,,,\n"
        ),
        "a file of Mailchimp's audience export",
        [("ann@example.org", "Ann", "unsubscribed")],
    ),
    "Mailchimp, cleaned": (
        (
            f"{MAILCHIMP}CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,LEID,EUID,NOTES,TAGS\n"
            "ann@example.org,,Lee,,1,2018-02-05 19:28:23,,2018-02-05 19:28:23,,,,,,,,,"
            "2023-02-08 13:15:46,,,,,,\n"
        ),
        "a file of Mailchimp's audience export",
        [("ann@example.org", "Lee", "suppressed")],
    ),
    "Mailchimp, with a field called Email": (
        (
            "Email,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,CLEAN_TIME,LEID\n"
            "ann@example.org,Ann,,1,,2018-02-05 19:28:23,2023-02-08 13:15:46,1\n"
        ),
        "a file of Mailchimp's audience export",
        [("ann@example.org", "Ann", "suppressed")],
    ),
    "Mailchimp, nonsubscribed": (
        (
            f"{MAILCHIMP}LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
            "ann@example.org,Ann,,,2,,,,,,,,,,,,2018-02-05 19:28:22,1,a,,\n"
        ),
        "a file of Mailchimp's audience export",
        [("ann@example.org", "Ann", "unconfirmed")],
    ),
    "Mailchimp, with a status": (
        (
            "Email Address,Name,MEMBER_RATING,Status\n"
            "ann@example.org,Ann Lee,2,Subscribed\nbob@example.org,,2,Pending\n"
            "eve@example.org,,2,Cleaned\ndan@example.org,,2,Archived\n"
        ),
        "a file of Mailchimp's audience export",
        [
            ("ann@example.org", "Ann Lee", "confirmed"),
            ("bob@example.org", "", "unconfirmed"),
            ("eve@example.org", "", "suppressed"),
            ("dan@example.org", "", "unsubscribed"),
        ],
    ),
    "Ghost": (
        (
            "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,"
            "deleted_at,labels,tiers\r\n"
            "5f1,ann@example.org,Ann Lee,Early,true,false,,2024-03-01T09:30:00.000Z,,,\r\n"
            "5f2,bob@example.org,Bob,,false,false,,2024-03-02T09:30:00.000Z,,a,\r\n"
            "5f3,eve@example.org,,,true,false,,2024-03-02T09:30:00.000Z,2025-03-02T09:30:00.000Z,,\r\n"
        ),
        "Ghost's members export",
        [
            ("ann@example.org", "Ann Lee", "confirmed"),
            ("bob@example.org", "Bob", "unsubscribed"),
            ("eve@example.org", "", "unsubscribed"),
        ],
    ),
    "Substack": (
        (
            "email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
            "ann@example.org,false,,other,false,2018-12-19T08:03:04.977Z,\n"
            "bob@example.org,true,2025-06-23T23:41:42.980Z,yearly,true,2018-08-29T20:50:03.435Z,\n"
        ),
        "Substack's subscriber export",
        [("ann@example.org", "", "confirmed"), ("bob@example.org", "", "unsubscribed")],
    ),
    "Substack, older": (
        (
            "email,active_subscription,expiry,email_disabled,created_at\n"
            "maïbes@example.org,,,false,2020-08-06T10:21:25.605Z\n"
        ),
        "Substack's subscriber export",
        [("maïbes@example.org", "", "confirmed")],
    ),
    "Buttondown": (
        (
            "email,notes,metadata,tags,referrer_url,creation_date,secondary_id,subscriber_type,source\n"
            "ann@example.org,,{},,,2019-08-24T14:15:22Z,3,regular,organic\n"
            "bob@example.org,,{},,,2019-08-24T14:15:22Z,4,unactivated,organic\n"
            "eve@example.org,,{},,,2019-08-24T14:15:22Z,5,unsubscribed,import\n"
            "dan@example.org,,{},,,2019-08-24T14:15:22Z,6,undeliverable,import\n"
            "zoe@example.org,,{},,,2019-08-24T14:15:22Z,7,past_due,import\n"
        ),
        "Buttondown's subscriber export",
        [
            ("ann@example.org", "", "confirmed"),
            ("bob@example.org", "", "unconfirmed"),
            ("eve@example.org", "", "unsubscribed"),
            ("dan@example.org", "", "suppressed"),
            ("zoe@example.org", "", "confirmed"),
        ],
    ),
    "Buttondown, newer": (
        (
            "id,email_address,type,creation_date,notes,tags\n"
            "sub_1,ann@example.org,premium,2026-02-26T00:00:00Z,,\n"
            "sub_2,bob@example.org,complained,2026-02-26T00:00:00Z,,\n"
        ),
        "Buttondown's subscriber export",
        [("ann@example.org", "", "confirmed"), ("bob@example.org", "", "suppressed")],
    ),
    "Buttondown, unsubscribers": (
        (
            "email,creation_date,unsubscription_date\n"
            "ann@example.org,2019-08-24T14:15:22Z,2020-08-24T14:15:22Z\n"
        ),
        "Buttondown's subscriber export",
        [("ann@example.org", "", "unsubscribed")],
    ),
    "listmonk": (
        (
            "uuid,email,name,attributes,status,created_at,updated_at\n"
            'c2c3c1a2-1,ann@example.org,Ann Lee,"{""city"": ""Bengaluru""}",enabled,'
            "2019-07-03 10:26:34 +0000 +0000,2019-07-03 10:26:34 +0000 +0000\n"
            "c2c3c1a2-2,bob@example.org,Bob,{},blocklisted,2019-07-03,2019-07-03\n"
            "c2c3c1a2-3,eve@example.org,Eve,{},disabled,2019-07-03,2019-07-03\n"
        ),
        "listmonk's subscriber export",
        [
            ("ann@example.org", "Ann Lee", "confirmed"),
            ("bob@example.org", "Bob", "suppressed"),
            ("eve@example.org", "Eve", "unsubscribed"),
        ],
    ),
    "listmonk, of one list": (
        (
            "email,name,attribs,status,subscription_status\n"
            "ann@example.org,Ann,{},enabled,confirmed\n"
            "bob@example.org,Bob,{},enabled,unconfirmed\n"
            "eve@example.org,Eve,{},enabled,unsubscribed\n"
            "dan@example.org,Dan,{},blocklisted,confirmed\n"
        ),
        "listmonk's subscribers of a list",
        [
            ("ann@example.org", "Ann", "confirmed"),
            ("bob@example.org", "Bob", "unconfirmed"),
            ("eve@example.org", "Eve", "unsubscribed"),
            ("dan@example.org", "Dan", "suppressed"),
        ],
    ),
    "a spreadsheet": (
        "First name;Last name;Email\nAnn;Lee;ann@example.org\n",
        "a plain list of addresses",
        [("ann@example.org", "Ann Lee", "confirmed")],
    ),
}


@pytest.mark.parametrize("service", SAMPLES)
def test_samples(database: Database, tmp_path: Path, service: str) -> None:
    """Each service's file is recognised, and its people have the status they had there."""
    text, title, expected = SAMPLES[service]
    file = tmp_path / "export.csv"
    file.write_text(text, encoding="utf-8")
    done = csv_import.import_file(database, KEYS, file, now=NOW)
    known = [(row.address, row.name, row.status) for row in admin.list_subscribers(database)]
    assert (title, expected, 0) == (done.title, known, done.rejected)


@pytest.mark.parametrize("service", SAMPLES)
def test_again(database: Database, tmp_path: Path, service: str) -> None:
    """The same file again changes nothing."""
    text, _, expected = SAMPLES[service]
    file = tmp_path / "export.csv"
    file.write_text(text, encoding="utf-8")
    csv_import.import_file(database, KEYS, file, now=NOW)
    done = csv_import.import_file(database, KEYS, file, now=NOW)
    assert (0, 0, len(expected)) == (done.added, done.changed, done.unchanged)


@pytest.mark.parametrize(
    ("service", "expected"),
    [
        ("Mailchimp, cleaned", {"ann@example.org": "bounced"}),
        ("listmonk", {"bob@example.org": "blocklisted"}),
        ("Buttondown", {"dan@example.org": "bounced"}),
        ("Buttondown, newer", {"bob@example.org": "complained"}),
    ],
)
def test_reason_of_a_suppression(
    database: Database, tmp_path: Path, service: str, expected: dict[str, str]
) -> None:
    """Why somebody is never to be mailed is kept."""
    file = tmp_path / "export.csv"
    file.write_text(SAMPLES[service][0], encoding="utf-8")
    csv_import.import_file(database, KEYS, file, now=NOW)
    with database.read() as connection:
        assert expected == suppression_reasons(connection, list(expected))


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("uuid,email,name,attributes,status\n1,ann@example.org,Ann,{},odd\n", "status"),
        (
            "uuid,email,status,subscription_status\n1,ann@example.org,enabled,odd\n",
            "subscription_status",
        ),
        (
            "email,name,subscribed_to_emails\nann@example.org,Ann,odd\n",
            "subscribed_to_emails",
        ),
        ("email,email_disabled\nann@example.org,odd\n", "email_disabled"),
        ("email,subscriber_type\nann@example.org,odd\n", "subscriber_type"),
        ("Email Address,Status,LEID\nann@example.org,odd,1\n", "Status"),
    ],
)
def test_unknown_words(database: Database, tmp_path: Path, text: str, column: str) -> None:
    """A word that nobody knows stops the import: nobody is mailed by a guess."""
    file = tmp_path / "export.csv"
    file.write_text(text, encoding="utf-8")
    expected = rf'csv:1: nothing is imported: .*"{column}" that nobody knows: odd \(1\)\. Say what'
    with pytest.raises(InputError, match=expected):
        csv_import.import_file(database, KEYS, file, now=NOW)
    assert [] == list(admin.list_subscribers(database))


def test_deleted_by_the_service(database: Database, tmp_path: Path) -> None:
    """Whom Substack deleted has an address of Substack's own, which is not imported."""
    file = tmp_path / "export.csv"
    file.write_text("email,email_disabled\n1@deletion-request.substack.com,false\n")
    assert 1 == csv_import.import_file(database, KEYS, file, now=NOW).rejected


@pytest.mark.parametrize(
    ("service", "expected"),
    [("listmonk", True), ("listmonk, of one list", False), ("Ghost", False)],
)
def test_caution(database: Database, tmp_path: Path, service: str, expected: bool) -> None:  # noqa: FBT001
    """A file that cannot say who left is taken with a warning."""
    file = tmp_path / "export.csv"
    file.write_text(SAMPLES[service][0], encoding="utf-8")
    assert expected == bool(csv_import.import_file(database, KEYS, file, now=NOW).caution)


@pytest.mark.parametrize(
    "column", ["Unsubscribed at", "bounced", "opt-out", "opt_out", "Cancelled", "is_suppressed"]
)
def test_dates_of_leaving(database: Database, tmp_path: Path, column: str) -> None:
    """Whoever has a date in a column about leaving left."""
    file = tmp_path / "export.csv"
    file.write_text(f"email,{column}\nann@example.org,2020-01-01\n", encoding="utf-8")
    csv_import.import_file(database, KEYS, file, now=NOW)
    assert {"unsubscribed", "suppressed"} > {row.status for row in admin.list_subscribers(database)}
