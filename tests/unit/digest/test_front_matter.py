"""Front matter in YAML and TOML: what it may say, and what is said when it is wrong."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from publisher.digest.parser import ParsedDigest, read
from publisher.model import paragraphs, plain

BODY = "# One\n[一](https://arxiv.org/abs/2408.05211)\n\n文字。\n"
ZONE = timezone(timedelta(hours=8))


def reading(front: str, mark: str = "---") -> ParsedDigest:
    """Read a digest with this front matter."""
    text = f"{mark}\n{front}\n{mark}\n{BODY}"
    return read(text.encode(), "7.md", languages=("en", "zh-CN"), zone=ZONE)


def told(front: str, mark: str = "---") -> list[tuple[int, str, str]]:
    """Return line, code and message of all remarks on it."""
    return [(d.line, d.code, d.message) for d in reading(front, mark).diagnostics]


def test_yaml() -> None:
    """Every key of YAML front matter reaches the issue."""
    front = (
        "# comment\ntitle: 周报 第3期\ndate: 2024-08-15\nintro: |\n  一 **粗**\n\n  二\n"
        "draft: true\ntags: [agents, 视觉, agents]\nsubject: 一封  信\npreheader: Read on"
    )
    found = reading(front)
    issue = found.issue
    assert issue
    assert () == found.diagnostics
    assert "周报 第3期" == issue.title
    assert datetime(2024, 8, 15, tzinfo=ZONE) == issue.date
    assert ["一 粗", "二"] == [plain(run) for run in paragraphs(issue.intro)]
    assert issue.draft
    assert ("agents", "视觉") == issue.tags
    assert ("一封 信", "Read on") == (issue.subject, issue.preheader)


def test_date_in_full_width_characters() -> None:
    """A date is read as it is shown, whatever keyboard wrote it."""
    issue = reading("date: ２０２４－０８－１５T０８：００").issue
    assert issue
    assert datetime(2024, 8, 15, 8, tzinfo=ZONE) == issue.date


def test_toml() -> None:
    """Every key of TOML front matter reaches the issue."""
    front = (
        'title = "T"\ndate = 2024-08-15T08:00:00Z\nintro = "文"\ndraft = false\ntags = ["a", "b"]'
    )
    issue = reading(front, "+++").issue
    assert issue
    assert ("T", datetime(2024, 8, 15, 8, tzinfo=UTC), False, ("a", "b")) == (
        issue.title, issue.date, issue.draft, issue.tags,
    )  # fmt: skip
    assert ["文"] == [plain(run) for run in paragraphs(issue.intro)]


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("title: 3.10", "3.10"),
        ("title: no", "no"),
        ("title: 12:30", "12:30"),
        ("title: 'a:  b'", "a: b"),
        ("title: >\n  a\n  b", "a b"),
        ("title: ~", None),
        ("title:", None),
    ],
)
def test_yaml_title_is_text(front: str, title: str | None) -> None:
    """A title stays as typed, whatever YAML would make of it."""
    issue = reading(front).issue
    assert issue
    assert title == issue.title


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("2024-08-15", datetime(2024, 8, 15, tzinfo=ZONE)),
        ("20240815", datetime(2024, 8, 15, tzinfo=ZONE)),
        ("2024-08-15 09:30", datetime(2024, 8, 15, 9, 30, tzinfo=ZONE)),
        ("2024-08-15T09:30:15.75Z", datetime(2024, 8, 15, 9, 30, 15, tzinfo=UTC)),
        ("'2024-08-15T09:30+02:00'", datetime(2024, 8, 15, 7, 30, tzinfo=UTC)),
        ("", None),
    ],
)
def test_date(value: str, date: datetime | None) -> None:
    """A date may have a time and an offset; it is whole seconds in the newsletter's zone."""
    issue = reading(f"date: {value}").issue
    assert issue
    assert date == issue.date


@pytest.mark.parametrize(
    "front",
    [
        "pubDate: 2024-08-15",
        "publishDate: 2024-08-15\ncreated: 2023-01-01",
        "published: 2024-08-15",
        "created: 2023-01-01\ndate: 2024-08-15",
    ],
)
def test_date_by_another_name(front: str) -> None:
    """What other programs have for a date is the date, where there is no other."""
    issue = reading(front).issue
    assert issue
    assert datetime(2024, 8, 15, tzinfo=ZONE) == issue.date


@pytest.mark.parametrize("front", ["published: false", "created: soon"])
def test_other_name_without_a_date(front: str) -> None:
    """What says no date under such a name is told of as an unknown key."""
    found = reading(front)
    assert found.issue
    assert found.issue.date is None
    assert [(2, "unknown-key")] == [(line, code) for line, code, _ in told(front)]


@pytest.mark.parametrize(
    ("value", "tags"),
    [("a, b c,,a", ("a", "b c")), ("[1.10, on]", ("1.10", "on")), ("", ()), ("一", ("一",))],
)
def test_tags(value: str, tags: tuple[str, ...]) -> None:
    """Tags are a list, or text with commas."""
    issue = reading(f"tags: {value}").issue
    assert issue
    assert tags == issue.tags


@pytest.mark.parametrize(
    ("front", "line", "message"),
    [
        ("title: a\ndate: 2024-13-45", 3, 'not "2024-13-45"'),
        ("date: soon", 2, "date wants a date like 2026-11-20"),
        ("date: 0001-01-01", 2, "no feed can hold"),
        ("date: 0099-12-31T00:00Z", 2, "no feed can hold 99"),
        ("date: 1900-01-01T00:00Z", 2, "no feed can hold"),
        ("date: 9999-12-31T23:59-08:00", 2, "no feed can hold 9999"),
        ("date: [1]", 2, "date wants a date"),
        ("draft: maybe", 2, "draft wants true or false"),
        ("title: [a]", 2, "title wants text"),
        ("intro: {a: b}", 2, "intro wants text"),
        ("tags: {a: b}", 2, "tags wants a list"),
        ("title: a\nsubject: [a]", 3, "subject wants text"),
        ("preheader: {a: b}", 2, "preheader wants text"),
        ('subject: "a\\x07b"', 2, "subject holds a control character, U+0007; take it out"),
        ('preheader: "a\\ud800b"', 2, "preheader holds a control character, U+D800"),
        ("subject: " + "论" * 151, 2, "subject is 302 columns wide; 300 are the most"),
        ("tags: [[a]]", 2, "tags wants a list"),
        ("title: a\ntitle: b", 3, '"title" stands twice'),
        ("title: [a", 2, "not YAML"),
        ("title: Week 47: models", 2, 'not allowed here; put a text with ": " in it in quotes'),
        ("title: @ann", 2, "cannot start any token; put the text in quotes, and indent with"),
        ("draft: no\ntitle:Week", 3, "expected ':'; write `key: value`, with a space"),
        ("title: a\n b: c", 3, "not YAML"),
        ("title：全角\ndate: 2024-01-01", 3, "not YAML"),
        ("title: " + "[" * 5000, 2, "nested too deeply"),
        ("title: a\nx: " + "y" * 20_000, 2, "longer than"),
    ],
)
def test_wrong_yaml_is_an_error_with_its_line(front: str, line: int, message: str) -> None:
    """What cannot be used keeps the digest from being published, and says where."""
    found = reading(front)
    assert found.issue is None
    assert [(line, "front-matter")] == [(d.line, d.code) for d in found.diagnostics]
    assert message in found.diagnostics[0].message


IN_YAML = (
    'title: "a\\x07b\\ud83d"\nintro: "\\x85\\ufffdText"\ntags: ["x\\u200b", "\\udc00", "\\ufeff"]'
)
IN_TOML = 'title = "a\\u0007b"\nintro = "\\u0085Text"\ntags = ["x\\u200b", "\\ufdd0", "\\ufeff"]'


@pytest.mark.parametrize(("front", "mark"), [(IN_YAML, "---"), (IN_TOML, "+++")])
def test_an_escape_names_no_character_that_harms(front: str, mark: str) -> None:
    """What is taken out of a digest's text is taken out of its values, however it is written."""
    found = reading(front, mark)
    issue = found.issue
    assert issue
    assert ("ab", ["Text"], ("x",)) == (
        issue.title, [plain(run) for run in paragraphs(issue.intro)], issue.tags,
    )  # fmt: skip
    assert [(2, "control-character"), (3, "control-character"), (4, "control-character")] == [
        (d.line, d.code) for d in found.diagnostics
    ]
    assert "3 control characters taken out (the first is U+200B)" == found.diagnostics[2].message


def test_the_halves_of_an_emoji_are_one() -> None:
    """Programs write an emoji as JSON does, in two escapes, and YAML has one for each half."""
    emoji = "\\ud83d\\ude00"
    found = reading(f'title: "{emoji} News"\nsubject: "{emoji}"\ntags: ["{emoji}"]')
    issue = found.issue
    assert issue
    assert ("😀 News", "😀", ("😀",)) == (issue.title, issue.subject, issue.tags)
    assert () == found.diagnostics


def test_what_is_said_of_a_key_can_be_printed() -> None:
    """A message holds no half of a character, which no terminal can show."""
    said = told('"\\ud800x": 1\n"\\ud800x": 2')
    assert [(3, "front-matter", '"x" stands twice')] == said
    assert 'not "soon"' in told('date: "soon\\ud800"')[-1][2]


@pytest.mark.parametrize(
    ("front", "line", "message"),
    [
        ('title = "x', 2, "Unterminated string"),
        ('draft = true\ntitle = "a\\q"', 3, "not TOML"),
        ("title = Week 47", 2, "not TOML: Invalid value; put the text in quotes"),
        ("title: Week 47", 2, "Expected '=' after a key in a key/value pair; write `key = value`"),
        ("draft = true\ndraft = true", 3, "not TOML"),
        ("date = 08:00:00", 2, "date wants a date"),
        ("title = " + "9" * 5000, 2, "not TOML"),
        ("tags = " + "[" * 5000, 2, "nested too deeply"),
        ("subject = true", 2, "subject wants text"),
        ('subject = "a\\u001Fb"', 2, "subject holds a control character, U+001F"),
        ('draft = "maybe"', 2, "draft wants true or false"),
    ],
)
def test_wrong_toml_is_an_error_with_its_line(front: str, line: int, message: str) -> None:
    """The same for TOML."""
    found = reading(front, "+++")
    assert found.issue is None
    assert [(line, "front-matter")] == [(d.line, d.code) for d in found.diagnostics]
    assert message in found.diagnostics[0].message


def test_unknown_key_is_quoted_and_corrected() -> None:
    """A key that is not used is in a warning, value and all, with the nearest right one."""
    known = "known are: title, date, intro, draft, tags, subject, preheader, items"
    assert [
        (3, "unknown-key", 'not used: titel: 周报; did you mean "title"?'),
        (4, "unknown-key", f"not used: author: - 张三 - 李四; {known}"),
    ] == told("draft: no\ntitel: 周报\nauthor:\n  - 张三\n  - 李四")


def test_table_of_toml_is_quoted() -> None:
    """A table that is not used is told with its line and all that is in it."""
    known = "known are: title, date, intro, draft, tags, subject, preheader, items"
    assert [(3, "unknown-key", f"not used: [extra] a = 1 b = 2; {known}")] == told(
        "draft = false\n[extra]\na = 1\nb = 2", "+++"
    )


@pytest.mark.parametrize("value", ["", "~", "null"])
def test_empty_subject_is_none(value: str) -> None:
    """A subject that is empty is as good as absent."""
    issue = reading(f"subject: {value}\npreheader: {value}").issue
    assert issue
    assert (None, None) == (issue.subject, issue.preheader)


def test_long_subject_is_told() -> None:
    """A subject wider than a list of mails is a warning on its line, and is used all the same."""
    words = "论" * 30
    assert [] == told(f"subject: {words}")
    said = "the subject is 61 columns wide; a list of mails shows about 60"
    assert [(3, "long-subject", said)] == told(f"draft: no\nsubject: {words}!")
    issue = reading(f"subject: {words}!").issue
    assert issue
    assert f"{words}!" == issue.subject


@pytest.mark.parametrize(
    "text",
    [
        f"---\n{BODY}\n---\n",
        f"---\n\n{BODY}",
        "---\n# 题\n---\n" + BODY,
        "---\nhttps://a.org: x\n---\n" + BODY,
        "---\n- 一\n- 二\n---\n" + BODY,
        f"-----\n{BODY}",
    ],
)
def test_rule_at_the_top_is_no_front_matter(text: str) -> None:
    """A digest may begin with a rule; none of its text is taken for front matter."""
    found = read(text.encode(), "7.md", languages=("en", "zh-CN"), zone=ZONE)
    assert found.issue
    assert "One" in [item.title.text for item in found.issue.items]
    assert not [d for d in found.diagnostics if d.code in ("front-matter", "unknown-key")]


def test_front_matter_nobody_closes_is_text_with_a_warning() -> None:
    """Without a second mark the lines are the introduction, and the reader is told."""
    found = read(f"---\ntitle: x\n\n{BODY}".encode(), "7.md", languages=("en",), zone=ZONE)
    assert found.issue
    assert ["title: x"] == [plain(run) for run in paragraphs(found.issue.intro)]
    assert [(1, "open-front-matter")] == [(d.line, d.code) for d in found.diagnostics]


def test_blank_lines_may_stand_above() -> None:
    """A byte order mark and blank lines do not hide front matter, and lines are still counted."""
    text = f"\ufeff\r\n\r\n---\r\ntitle: x\r\ndate: nie\r\n---\r\n{BODY}"
    found = read(text.encode(), "7.md", languages=("en",), zone=ZONE)
    assert [5] == [d.line for d in found.diagnostics]


def test_title_of_front_matter_stands_for_the_heading() -> None:
    """With two titles the front matter's is used and the other named in a warning."""
    text = f"---\ntitle: 甲\n---\n# 乙\n\n#{BODY}"
    found = read(text.encode(), "7.md", languages=("en", "zh-CN"), zone=ZONE)
    assert found.issue
    assert "甲" == found.issue.title
    assert ["two-titles"] == [d.code for d in found.diagnostics if "乙" in d.message]
