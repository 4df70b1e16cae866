"""`subscribers`: the list of people, by hand and by CSV."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest

from tests.e2e.newsletter import ANN, BOB, CLEO, DAN, Newsletter, environment, later

_HEADER = "email,name,language,status"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Return a path for a CSV file."""
    return tmp_path / "people.csv"


def _exported(newsletter: Newsletter) -> list[str]:
    return newsletter.run("subscribers", "export").out.splitlines()


def test_add_list_remove(newsletter: Newsletter) -> None:
    """Someone added is on the list, once however written, and has left when removed."""
    words = ("subscribers", "add", "Ann@Example.org", "--name", "Ann Lee")
    assert "Ann@Example.org: added\n" == newsletter.run(*words).out
    again = newsletter.run("subscribers", "add", "ann@example.org", "--name", "Anna")
    assert "ann@example.org: on the list already; nothing was changed\n" == again.out
    removed = newsletter.run("subscribers", "remove", "ANN@example.org").out
    assert "ANN@example.org: unsubscribed\n" == removed
    assert "unsubscribed Ann@example.org  Ann Lee\n" == newsletter.run("subscribers", "list").out


def test_list_as_json(newsletter: Newsletter) -> None:
    """Who is suppressed has that as their status; the rest is as it was added."""
    newsletter.run("subscribers", "add", ANN, "--name", "李雷", "--language", "en")
    newsletter.run("suppress", ANN)
    (row,) = json.loads(newsletter.run("subscribers", "list", "--format", "json").out)
    assert datetime.fromisoformat(row.pop("since")).tzinfo
    assert row == {
        "address": ANN,
        "name": "李雷",
        "language": "en",
        "status": "suppressed",
        "cadence": "issue",
    }


@pytest.mark.parametrize("address", ["", "ann@", "a b@example.org"])
def test_bad_address(newsletter: Newsletter, address: str) -> None:
    """An address that cannot be mailed is one line."""
    assert "not an e-mail address" in newsletter.complaint("subscribers", "add", address)


def test_remove_a_stranger(newsletter: Newsletter) -> None:
    """To remove someone who was never on the list is one line."""
    line = newsletter.complaint("subscribers", "remove", "who@example.org")
    assert "publisher: no subscriber has this address" == line


def test_import_with_bad_rows(newsletter: Newsletter, people: Path) -> None:
    """Bad rows of a CSV file are told by FILE:LINE; the good ones are imported."""
    rows = ("ann@example.org,Ann,,confirmed", "nobody,,,confirmed", "bob@example.org,,,confirmed")
    people.write_text("\n".join([_HEADER, *rows, "eve@example.org,Eve", ""]))
    ran = newsletter.run("subscribers", "import", people, code=1)
    first, second, rejects = ran.lines
    assert first.startswith(f"{people}:3: not imported: not an e-mail address")
    assert f"{people}:5: not imported: 4 columns, 2 cells" == second
    assert f"correct these rows in {people}.rejects.csv, and import that file" == rejects
    assert (
        "read as a plain list of addresses\n"
        '"status": confirmed (3): confirmed\n'
        "2 added, 0 changed, 0 unchanged, 2 not imported\n"
    ) == ran.out
    lines = Path(f"{people}.rejects.csv").read_text(encoding="utf-8").splitlines()
    reason = '"4 columns, 2 cells"'
    assert [f"reason,{_HEADER}", f"{reason},eve@example.org,Eve"] == [lines[0], lines[2]]
    assert lines[1].endswith("@-sign.,nobody,,,confirmed")


def test_import_again(newsletter: Newsletter, people: Path) -> None:
    """Importing a file again changes nothing, nor does it bring back someone who left."""
    people.write_text(f"{_HEADER}\nann@example.org,Ann,,confirmed\nbob@example.org,,,confirmed\n")
    newsletter.run("subscribers", "import", people)
    newsletter.run("subscribers", "remove", "ann@example.org")
    before = _exported(newsletter)
    again = newsletter.run("subscribers", "import", people)
    assert "1 unsubscribed or suppressed before, and stay so" in again.out
    assert again.out.endswith("0 added, 0 changed, 2 unchanged, 0 not imported\n")
    assert before == _exported(newsletter)
    assert "ann@example.org,Ann,,unsubscribed" in before


def test_import_confirms(newsletter: Newsletter, people: Path) -> None:
    """An import may confirm someone, and fills in what was not known."""
    people.write_text(f"{_HEADER}\nann@example.org,,,unconfirmed\n")
    newsletter.run("subscribers", "import", people)
    people.write_text(f"{_HEADER}\nann@example.org,Ann,zh-Hans,confirmed\n")
    ran = newsletter.run("subscribers", "import", people)
    assert ran.out.endswith("0 added, 1 changed, 0 unchanged, 0 not imported\n")
    assert [_HEADER, "ann@example.org,Ann,zh-Hans,confirmed"] == _exported(newsletter)


def test_export_import_round_trip(
    newsletter: Newsletter, read_newsletter: Newsletter, people: Path
) -> None:
    """An export imported elsewhere gives the same list, names with commas and quotes included."""
    read_newsletter.run("subscribers", "add", "eve@example.org", "--name", '李, "Eve"')
    exported = read_newsletter.run("subscribers", "export").out
    people.write_text(exported, encoding="utf-8")
    newsletter.run("subscribers", "import", people)
    assert exported == newsletter.run("subscribers", "export").out


def test_import_with_byte_order_mark(newsletter: Newsletter, people: Path) -> None:
    """A file from Excel, with a byte order mark, CRLF and columns of its own, is imported."""
    people.write_bytes("\ufeffName,Email,Phone\r\n李雷,ann@example.org,1\r\n\r\n".encode())
    newsletter.run("subscribers", "import", people)
    assert "confirmed    ann@example.org  李雷\n" == newsletter.run("subscribers", "list").out


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"name,address\nAnn,Oxford\n", "1: no `email` column"),
        ("email\n李@example.org\n".encode("gb18030"), "2: not UTF-8"),
        (None, " cannot be read: No such file or directory"),
    ],
)
def test_file_that_is_no_list(
    newsletter: Newsletter, people: Path, content: bytes | None, expected: str
) -> None:
    """A file that is no list of people is one line that names it."""
    if content is not None:
        people.write_bytes(content)
    line = newsletter.complaint("subscribers", "import", people)
    assert line.startswith(f"publisher: {people}:{expected}")


def test_import_from_elsewhere(newsletter: Newsletter, people: Path) -> None:
    """Another service's file is known by its header, which is said; who left there stays away."""
    header = "id,email,name,note,subscribed_to_emails,complimentary_plan,created_at,deleted_at"
    people.write_text(
        f"{header}\n1,ann@example.org,Ann,,true,false,,\n2,bob@example.org,Bob,,false,false,,\n"
    )
    assert newsletter.run("subscribers", "import", people).out.startswith(
        "read as Ghost's members export\n"
    )
    expected = ["ann@example.org,Ann,,confirmed", "bob@example.org,Bob,,unsubscribed"]
    assert [_HEADER, *expected] == _exported(newsletter)


def test_dry_run(newsletter: Newsletter, people: Path) -> None:
    """A dry run shows what would become of whom, ends as the import would, and writes nothing."""
    newsletter.run("subscribers", "add", "bob@example.org")
    rows = ("ann@example.org,yes", "bob@example.org,no", "<cleo＠example.org>,yes", "dan@,yes")
    people.write_text("\n".join(["Email Address,opt_in", *rows, ""]), encoding="utf-8")
    before = _exported(newsletter)
    ran = newsletter.run("subscribers", "import", people, "--dry-run", code=1)
    assert [
        "read as a plain list of addresses",
        'addresses are in "Email Address"',
        '"opt_in": yes (3): confirmed; no (1): unsubscribed',
        "confirmed: 2 (ann@example.org, cleo@example.org)",
        "unsubscribed: 1 (bob@example.org)",
        "1 addresses corrected, such as <ann@example.org> or ann＠example.org",
        "1 unsubscribed or suppressed, because the file says so",
        "2 added, 1 changed, 0 unchanged, 1 not imported",
        "dry run: nothing was written; leave out --dry-run to import",
    ] == ran.out.splitlines()
    assert [True] == [line.startswith(f"{people}:5: not imported: ") for line in ran.lines]
    assert before == _exported(newsletter)
    assert not Path(f"{people}.rejects.csv").exists()
    done = newsletter.run("subscribers", "import", people, code=1)
    assert next(line for line in ran.out.splitlines() if " added, " in line) in done.out
    assert "bob@example.org,,,unsubscribed" in _exported(newsletter)


def test_import_that_is_not_clear(newsletter: Newsletter, people: Path) -> None:
    """A status that nobody knows stops an import; options say what it means."""
    people.write_text("email,subscription_state\nann@example.org,1\nbob@example.org,2\n")
    line = newsletter.complaint("subscribers", "import", people)
    assert line.startswith(f"publisher: {people}:1: nothing is imported: who wants mail is not ")
    assert 'values of "subscription_state" that nobody knows: 1 (1), 2 (1). ' in line
    assert '--map "1=STATUS"' in line
    assert [_HEADER] == _exported(newsletter)
    meaning = ("--map", "1=confirmed", "--map", "2=unsubscribed")
    newsletter.run("subscribers", "import", people, *meaning)
    expected = ["ann@example.org,,,confirmed", "bob@example.org,,,unsubscribed"]
    assert [_HEADER, *expected] == _exported(newsletter)


def test_language_of_the_newsletter(newsletter: Newsletter) -> None:
    """Who is added has one of the newsletter's languages, in any of its names."""
    words = ("subscribers", "add", "ann@example.org", "--language")
    line = newsletter.complaint(*words, "fr")
    assert line.startswith('publisher: --language "fr" is none of newsletter.languages (en, zh-H')
    newsletter.run(*words, "zh-CN")
    assert [_HEADER, "ann@example.org,,zh-Hans,confirmed"] == _exported(newsletter)


def test_export_is_utf8(newsletter: Newsletter) -> None:
    """An export is what an import reads, whatever language the machine speaks."""
    newsletter.run("subscribers", "add", "ann@example.org", "--name", "李雷")
    env = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    assert "ann@example.org,李雷,,confirmed" in newsletter.run("subscribers", "export", env=env).out


def test_progress_on_a_terminal(newsletter: Newsletter, people: Path) -> None:
    """On a terminal a bar shows how far an import is; bad rows stand beside it, whole."""
    people.write_text("email\nann@example.org\nann@\n")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", "subscribers", "import", people],
        cwd=newsletter.root, env=environment({"TERM": "xterm"}), stdout=theirs, stderr=theirs,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # what a terminal gives when nobody is at its other end any more
        while piece := os.read(ours, 1 << 16):
            shown += piece
    os.close(ours)
    assert 1 == process.wait()
    assert b"100%" in shown
    assert f"{people}:3: not imported: not an e-mail address".encode() in shown


def test_suppress(newsletter: Newsletter, people: Path) -> None:
    """Who is never to be mailed is not added, by hand or by file, until that is lifted."""
    newsletter.run("subscribers", "add", "ann@example.org")
    suppress = ("suppress", "Ann@example.org", "--reason", "wrote to me")
    assert "Ann@example.org: suppressed: never mailed again\n" == newsletter.run(*suppress).out
    assert "Ann@example.org: suppressed already\n" == newsletter.run(*suppress).out
    people.write_text("email\nann@example.org\n")
    newsletter.run("subscribers", "import", people)
    assert [_HEADER, "ann@example.org,,,suppressed"] == _exported(newsletter)
    complaint = newsletter.complaint("subscribers", "add", "ann@example.org")
    assert complaint == (
        "publisher: this address is never mailed (wrote to me); "
        "`publisher unsuppress ADDR` undoes that"
    )
    (listed,) = newsletter.run("suppress", "--list", "--reason", "WROTE").out.splitlines()
    assert listed.endswith(" UTC  ann@example.org  wrote to me")
    assert "" == newsletter.run("suppress", "--list", "--since", "2999-01-01").out
    (found,) = json.loads(newsletter.run("suppress", "--list", "--format", "json").out)
    assert ("ann@example.org", "wrote to me", "") == (
        found["address"], found["reason"], found["evidence"]
    )  # fmt: skip
    lifted = newsletter.run("unsuppress", "--reason", "wrote").out
    assert "0 addresses no longer suppressed\n" == lifted
    assert "choose them with --since, --reason" in newsletter.complaint("unsuppress")
    assert "name one address" in newsletter.complaint("suppress")
    lift = ("unsuppress", "ann@example.org")
    assert "ann@example.org: no longer suppressed; status: confirmed\n" == newsletter.run(*lift).out
    assert "ann@example.org: was not suppressed\n" == newsletter.run(*lift).out


def test_forget(newsletter: Newsletter, people: Path) -> None:
    """Who is forgotten is on no list, and no import brings them back."""
    people.write_text("email,name\nann@example.org,Ann\n")
    newsletter.run("subscribers", "import", people)
    forgotten = newsletter.run("subscribers", "forget", "ANN@example.org").out
    assert "ANN@example.org: erased; no import can add it from now on\n" == forgotten
    newsletter.run("subscribers", "import", people)
    assert ("", [_HEADER]) == (newsletter.run("subscribers", "list").out, _exported(newsletter))
    shown = newsletter.run("subscribers", "show", "ann@example.org").out
    assert shown.startswith("never mailed: forgotten, since ")
    assert "was forgotten" in newsletter.complaint("subscribers", "add", "ann@example.org")
    newsletter.run("unsuppress", "ann@example.org")
    added = newsletter.run("subscribers", "add", "ann@example.org").out
    assert "ann@example.org: added\n" == added


def test_forgotten_is_mailed_nothing_more(read_newsletter: Newsletter) -> None:
    """A mail that is planned for somebody is not sent once they are forgotten."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.set("mail", sender="News <news@example.org>", relay="smtp://127.0.0.1:1")
    read_newsletter.tick(code=1)
    read_newsletter.run("subscribers", "forget", ANN)
    read_newsletter.set("mail", relay="maildir:.publisher/outbox")
    read_newsletter.tick(later(hours=1))
    assert {BOB, CLEO, DAN} == {to for to, _ in read_newsletter.mailed()}
    assert {"suppressed": 1, "accepted": 3} == read_newsletter.status()["deliveries"]["000"]


def test_show(mailed: Newsletter) -> None:
    """All that is stored of a person is shown, their mail with it."""
    lines = mailed.run("subscribers", "show", ANN).out.splitlines()
    assert [ANN, "language: all", "cadence: issue"] == [lines[0], *lines[2:4]]
    assert lines[-2].startswith("mail of 000: accepted 2026-11-20 08:00 UTC")
    assert lines[-1].endswith("at outbox: in the outbox")
    found = json.loads(mailed.run("subscribers", "show", ANN, "--format", "json").out)
    assert [ANN, "import"] == [found["subscriber"]["address"], found["subscriber"]["how"]]
    assert ["000"] == [each["plan"] for each in found["deliveries"]]
    complaint = mailed.complaint("subscribers", "show", "who@example.org")
    assert "publisher: no subscriber has this address" == complaint
