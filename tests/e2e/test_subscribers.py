"""`subscribers`: the list of people, by hand and by CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.newsletter import Newsletter

_HEADER = "email,name,language,status"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Give a path for a CSV file."""
    return tmp_path / "people.csv"


def _exported(newsletter: Newsletter) -> list[str]:
    return newsletter.run("subscribers", "export").out.splitlines()


def test_add_list_remove(newsletter: Newsletter) -> None:
    """Someone added is on the list, once however written, and has left when removed."""
    words = ("subscribers", "add", "Ann@Example.org", "--name", "Ann Lee")
    assert "added\n" == newsletter.run(*words).out
    assert (
        "was on the list already\n" == newsletter.run("subscribers", "add", "ann@example.org").out
    )
    assert "removed\n" == newsletter.run("subscribers", "remove", "ANN@example.org").out
    assert "unsubscribed Ann@example.org  Ann Lee\n" == newsletter.run("subscribers", "list").out


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
    rows = ("ann@example.org,Ann,,", "nobody,,,", "bob@example.org,,,", "eve@example.org,,,gone")
    people.write_text("\n".join([_HEADER, *rows, ""]))
    ran = newsletter.run("subscribers", "import", people, code=1)
    first, second = ran.lines
    assert first.startswith(f"{people}:3: not imported: not an e-mail address")
    assert second.startswith(f'{people}:5: not imported: status "gone" is none of')
    assert "2 added, 0 changed, 0 as they were, 2 not imported\n" == ran.out


def test_import_again(newsletter: Newsletter, people: Path) -> None:
    """Importing a file again changes nothing, nor does it bring back someone who left."""
    people.write_text(f"{_HEADER}\nann@example.org,Ann,,confirmed\nbob@example.org,,,confirmed\n")
    newsletter.run("subscribers", "import", people)
    newsletter.run("subscribers", "remove", "ann@example.org")
    before = _exported(newsletter)
    again = newsletter.run("subscribers", "import", people)
    assert "0 added, 0 changed, 2 as they were, 0 not imported\n" == again.out
    assert before == _exported(newsletter)
    assert "ann@example.org,Ann,,unsubscribed" in before


def test_import_confirms(newsletter: Newsletter, people: Path) -> None:
    """An import may confirm someone, and fills in what was not known."""
    people.write_text(f"{_HEADER}\nann@example.org,,,unconfirmed\n")
    newsletter.run("subscribers", "import", people)
    people.write_text(f"{_HEADER}\nann@example.org,Ann,zh-Hans,confirmed\n")
    ran = newsletter.run("subscribers", "import", people)
    assert "0 added, 1 changed, 0 as they were, 0 not imported\n" == ran.out
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
        (b"name,address\nAnn,ann@example.org\n", "no `email` column"),
        ("email\n李@example.org\n".encode("gb18030"), "not UTF-8"),
        (None, "No such file or directory"),
    ],
)
def test_file_that_is_no_list(
    newsletter: Newsletter, people: Path, content: bytes | None, expected: str
) -> None:
    """A file that is no list of people is one line that names it."""
    if content is not None:
        people.write_bytes(content)
    line = newsletter.complaint("subscribers", "import", people)
    assert line.startswith(f"publisher: {people}: ")
    assert expected in line
