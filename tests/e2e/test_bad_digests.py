"""A bad digest is reported with its place, and stops no good one."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.e2e.newsletter import Newsletter, Ran, later, paper

_BAD = {
    "not UTF-8": (b"## A\nB \xff\n", "2:3: error: .*not UTF-8"),
    "GB18030": ("## 论文\n文本".encode("gb18030"), "1:4: error: .*it may be GB18030"),
    "empty": (b"", "1:1: error: the file is empty"),
    "no item": (b"just a line\n", "[01]:[01]: error: "),
    "YAML": (b"---\ntitle: [a\n---\n" + paper(9).encode(), "[23]:[0-9]+: error: not YAML"),
    "TOML": (b"+++\ntitle = a\n+++\n" + paper(9).encode(), "2:9: error: not TOML"),
    "date": (b"---\ntitle: A\ndate: soon\n---\n" + paper(9).encode(), "3:1: error: date wants"),
}


def _errors(ran: Ran) -> list[str]:
    return [line for line in ran.lines if ": error: " in line]


def test_bad_digests(newsletter: Newsletter) -> None:
    """Each is one FILE:LINE:COL line; the good one is out all the same, and they when mended."""
    newsletter.digest("000_aa.txt", 1)
    for number, (data, _) in enumerate(_BAD.values(), 1):
        newsletter.digest(f"00{number}_aa.txt", data)
    errors = _errors(newsletter.build(code=1))
    assert len(_BAD) == len(errors)
    for number, ((_, expected), error) in enumerate(zip(_BAD.values(), errors, strict=True), 1):
        assert re.match(rf"seeds/00{number}_aa\.txt:{expected}", error), error
    assert {"000"} == newsletter.entries().keys()
    for number in range(1, 1 + len(_BAD)):
        newsletter.digest(f"00{number}_aa.txt", 10 + number)
    newsletter.build()
    assert 1 + len(_BAD) == len(newsletter.entries())


def test_two_digests_of_one_slug(newsletter: Newsletter) -> None:
    """Two new digests of one slug are an error each, naming the other; one renamed, both go."""
    newsletter.digest("000_aa.txt", 1)
    path = newsletter.digest("000_bb.txt", 2)
    newsletter.digest("001_cc.txt", 3)
    first, second = _errors(newsletter.build(code=1))
    assert first.startswith("seeds/000_aa.txt:0:0: error: ")
    assert "seeds/000_bb.txt" in first
    assert second.startswith("seeds/000_bb.txt:0:0: error: ")
    assert "seeds/000_aa.txt" in second
    assert {"001"} == newsletter.entries().keys()
    path.rename(path.with_name("002_bb.txt"))
    newsletter.build()
    assert {"000", "001", "002"} == newsletter.entries().keys()


def test_newcomer_with_a_published_slug(published: Newsletter) -> None:
    """A new digest with the slug of a published one is refused, and changes nothing of that."""
    before = published.tree()
    published.digest("000_bb.txt", 2)
    (error,) = _errors(published.build(later(hours=1), code=1))
    assert error.startswith("seeds/000_bb.txt:0:0: error: ")
    assert before == published.tree()
    published.run("status", code=1)


def test_published_digest_gone_bad(published: Newsletter) -> None:
    """A digest that goes bad keeps its pages and its entry, whatever else is published."""
    before = published.entries()["000"]
    published.digest("000_aa.txt", b"\xff")
    published.digest("001_bb.txt", 2)
    published.build(later(hours=1), code=1)
    assert {"000", "001"} == published.entries().keys()
    assert before.content == published.entries()["000"].content
    assert "issues/000/index.html" in published.tree()


def test_run_reports_and_mails_the_rest(read_newsletter: Newsletter) -> None:
    """`run` reports a bad digest each time, and mails the good one once."""
    read_newsletter.digest("000_aa.txt", b"\xff")
    read_newsletter.digest("001_bb.txt", 2)
    for hours in (0, 1):
        ran = read_newsletter.tick(later(hours=hours), code=1)
        assert 1 == len(_errors(ran))
    assert {"001": 4} == {slug: 4 for _, slug in read_newsletter.mailed()}
    status = read_newsletter.run("status", code=1).out
    assert "digest 000_aa.txt: failed" in status


def test_check_all(newsletter: Newsletter) -> None:
    """`check` prints every remark as FILE:LINE:COL, publishes nothing, and fails on errors."""
    newsletter.digest("000_aa.txt", paper(1) + "## Odd\nNo link here.\n\n" + paper(2))
    assert re.match(r"seeds/000_aa\.txt:6:1: warning: .* \[no-paper\]", newsletter.run("check").out)
    newsletter.digest("001_bb.txt", b"\xff")
    ran = newsletter.run("check", code=1)
    assert 2 == len(ran.out.splitlines())
    assert "seeds/001_bb.txt:1:1: error: " in ran.out
    assert {} == newsletter.tree()


def test_check_json(newsletter: Newsletter) -> None:
    """`check --format json` gives the same remarks as data."""
    newsletter.digest("001_bb.txt", b"\xff")
    (found,) = json.loads(newsletter.run("check", "--format", "json", code=1).out)
    assert ("seeds/001_bb.txt", 1, 1, "error", "not-utf8") == tuple(
        found[key] for key in ("file", "line", "column", "level", "code")
    )
    assert "save the file as UTF-8" in found["message"]


def test_check_files(newsletter: Newsletter, tmp_path: Path) -> None:
    """`check FILE` reads these files alone, wherever they are."""
    newsletter.digest("000_aa.txt", b"\xff")
    file = tmp_path / "draft.txt"
    file.write_text(paper(1))
    assert "" == newsletter.run("check", file).out
    file.write_bytes(b"\xff")
    ran = newsletter.run("check", file, code=1)
    assert ran.out.startswith(f"{file}:1:1: error: ")
    assert "no-such.txt: cannot be read" in newsletter.complaint("check", "no-such.txt")
