"""What all commands have in common: options, exit codes, and one line for each mistake."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.e2e.newsletter import ANN, Newsletter, environment, later

ROOT = Path(__file__).parents[2]


def test_version(newsletter: Newsletter) -> None:
    """`--version` prints the version."""
    assert f"{version('publisher')}\n" == newsletter.run("--version").out


def test_init_makes_what_it_says(newsletter: Newsletter, tmp_path: Path) -> None:
    """`init` makes a folder that can be built, and refuses to do so twice."""
    ran = newsletter.run("init", tmp_path / "a" / "b")
    made = {line.removeprefix("made ") for line in ran.out.splitlines() if line[:5] == "made "}
    folder = tmp_path / "a" / "b"
    assert {f"{folder}/{name}" for name in ("seeds", "templates", "publisher.toml")} <= made
    assert ran.out.endswith(f", and run in {folder}: publisher build\n")
    assert "is there already" in newsletter.complaint("init", folder)
    newsletter.run("build", "--project", folder)
    assert (folder / "out" / "index.html").is_file()


def test_init_with_templates(newsletter: Newsletter, tmp_path: Path) -> None:
    """`--with-templates` copies the built-in templates, which make the same site."""
    copied = Newsletter(tmp_path / "copied")
    newsletter.run("init", "--with-templates", copied.root)
    for each in (newsletter, copied):
        each.digest("000_aa.txt", 1)
        each.build()
    assert (copied.root / "templates" / "assets" / "style.css").is_file()
    assert newsletter.tree() == copied.tree()


def test_init_keeps_own_templates(newsletter: Newsletter, tmp_path: Path) -> None:
    """A template that is there already is not written over."""
    own = tmp_path / "copied" / "templates" / "home.html"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    newsletter.run("init", "--with-templates", tmp_path / "copied")
    assert "mine" == own.read_text()


def test_docs_lists_pages(newsletter: Newsletter) -> None:
    """`docs` names each page of the manual, with its title."""
    lines = newsletter.run("docs").out.splitlines()
    names = {line.split()[0].rpartition("/")[2]: line for line in lines[:-1]}
    assert {path.stem for path in (ROOT / "docs").rglob("*.md")} == names.keys()
    assert names["commands"].endswith("  Commands")


@pytest.mark.parametrize("name", ["commands", "commands.md"])
def test_docs_prints_a_page(newsletter: Newsletter, name: str) -> None:
    """A page is printed as it is."""
    (page,) = (ROOT / "docs").rglob("commands.md")
    assert page.read_text(encoding="utf-8") == newsletter.run("docs", name).out


def test_docs_unknown_page(newsletter: Newsletter) -> None:
    """A page that is not there is an error that names a similar one."""
    said = newsletter.complaint("docs", "comands")
    assert said.startswith('publisher: no page of the manual is called "comands"; did you mean ')


def test_init_where_a_file_is(newsletter: Newsletter, tmp_path: Path) -> None:
    """`init` at a file's place is one line."""
    (tmp_path / "file").touch()
    assert f"{tmp_path / 'file'}" in newsletter.complaint("init", tmp_path / "file")


def test_project_before_and_after(newsletter: Newsletter, tmp_path: Path) -> None:
    """`--project DIR` names the folder from anywhere, before the command or after it."""
    newsletter.digest("000_aa.txt", 1)
    elsewhere = Newsletter(tmp_path)
    elsewhere.run("--project", newsletter.root, "build")
    before = newsletter.tree()
    assert {"000"} == newsletter.entries().keys()
    elsewhere.run("build", "--project", newsletter.root)
    assert before == newsletter.tree()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("frobnicate",), "No such command 'frobnicate'"),
        (("build", "--nope"), "No such option: --nope"),
        (("check", "--format", "xml"), "'xml' is not one of 'text', 'json'"),
        (("subscribers", "add"), "Missing argument"),
        (("preview", "--port", "65536"), "Invalid value for '--port'"),
    ],
)
def test_usage(newsletter: Newsletter, words: tuple[str, ...], expected: str) -> None:
    """A command line that cannot be understood is one line and exit code 2."""
    line = newsletter.complaint(*words, code=2)
    assert expected in line
    assert "--help` says more" in line


@pytest.mark.parametrize("words", [(), ("--project", "."), ("subscribers",)], ids=len)
def test_without_a_command(newsletter: Newsletter, words: tuple[str, ...]) -> None:
    """Without a command, the help is shown as with --help; the exit code is that of a mistake."""
    ran = newsletter.run(*words, code=2)
    assert (newsletter.run(*words, "--help").out, "") == (ran.out, ran.err)


@pytest.mark.parametrize("moment", ["yesterday", ""])
def test_bad_now(newsletter: Newsletter, moment: str) -> None:
    """A `--now` that is no time is one line."""
    assert "--now: wants a time like" in newsletter.complaint("build", now=moment)


def test_now_without_offset(newsletter: Newsletter) -> None:
    """A `--now` without an offset is UTC."""
    newsletter.digest("000_aa.txt", 1)
    newsletter.build("2026-11-20T08:00")
    assert "2026-11-20T08:00:00+00:00" == newsletter.entries()["000"].published


def test_quiet(read_newsletter: Newsletter) -> None:
    """`--quiet` says nothing when all is well, and errors all the same."""
    read_newsletter.digest("000_aa.txt", 1)
    ran = read_newsletter.run("run", "--quiet", now=later())
    assert ("", "") == (ran.out, ran.err)
    read_newsletter.digest("001_bb.txt", b"\xff")
    ran = read_newsletter.run("build", "--quiet", now=later(), code=1)
    assert ("", 1) == (ran.out, len(ran.lines))


def test_verbose(newsletter: Newsletter) -> None:
    """`--verbose` says how much was done even when it was nothing."""
    assert "0 issues rendered" in newsletter.run("build", "--verbose").out


def test_no_colour_without_terminal(newsletter: Newsletter) -> None:
    """No colour codes when output is no terminal, whatever TERM says."""
    newsletter.digest("000_aa.txt", b"\xff")
    env = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    said = [
        newsletter.run("build", code=1, env=env),
        newsletter.run("check", code=1, env=env),
        newsletter.run("build", "--now", "x", code=1, env=env),
        newsletter.run("--help", env=env),
    ]
    assert not [ran for ran in said if "\x1b" in ran.out + ran.err]


def test_status(read_newsletter: Newsletter) -> None:
    """`status` tells issues, people and mail, as text and as JSON."""
    read_newsletter.digest(
        "000_aa.txt", "---\ntitle: First\n---\n## A\n[B](https://b.example)\nC.\n"
    )
    read_newsletter.digest("2027-01-01-later.txt", 2)
    read_newsletter.tick()
    expected = {
        "title": "My paper digest",
        "issues": 1,
        "newest": ["000", "First", "2026-11-20T08:00:00+00:00"],
        "digests": {"2027-01-01-later.txt": "waiting"},
        "subscribers": {"confirmed": 4, "unconfirmed": 1},
        "deliveries": {"000": {"accepted": 4}},
        "uncertain": 0,
    }
    found = read_newsletter.status()
    assert expected == {key: found[key] for key in expected}
    text = read_newsletter.run("status").out
    for line in (
        "My paper digest",
        "issues: 1",
        "newest: 000 (First), published 2026-11-20 08:00 UTC",
        "digest 2027-01-01-later.txt: waiting",
        "subscribers: 4 confirmed, 1 unconfirmed",
        "mail of 000: 4 accepted",
    ):
        assert line in text.splitlines()


def test_status_of_nothing(newsletter: Newsletter) -> None:
    """`status` of a newsletter that has never been built is no error."""
    assert json.loads(newsletter.run("status", "--format", "json").out)["issues"] == 0


def test_environment_overrides_settings(newsletter: Newsletter) -> None:
    """A setting in the environment goes before the one in publisher.toml."""
    newsletter.digest("000_aa.txt", 1)
    base = "https://else.example.org/"
    newsletter.run("build", env=environment({"PUBLISHER_NEWSLETTER_BASE_URL": base}))
    assert newsletter.entries()["000"].link.startswith(base)


def test_unknown_variables_are_named(newsletter: Newsletter) -> None:
    """A mistyped variable is one line on standard error, without its value, and no error."""
    ran = newsletter.run("status", env=environment({"PUBLISHER_MAIL_RELY": "smtp://secret"}))
    assert ran.err == (
        "publisher: PUBLISHER_MAIL_RELY: unknown variable, ignored; did you mean "
        "PUBLISHER_MAIL_RELAY?\n"
    )


def test_times_are_in_the_newsletters_zone(read_newsletter: Newsletter) -> None:
    """For people; JSON has them in UTC."""
    read_newsletter.set("schedule", timezone="Asia/Tokyo")
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.build()
    assert "published 2026-11-20 17:00 JST" in read_newsletter.run("status").out
    assert "2026-11-20T08:00:00+00:00" == read_newsletter.status()["newest"][2]


def test_since_is_in_the_newsletters_zone(read_newsletter: Newsletter) -> None:
    """A time that was printed can be asked for as it is."""
    read_newsletter.set("schedule", timezone="Asia/Tokyo")
    read_newsletter.run("suppress", ANN)
    listed = read_newsletter.run("suppress", "--list").out
    since = listed[: len("2026-11-20 17:00")]
    assert listed == read_newsletter.run("suppress", "--list", "--since", since).out
