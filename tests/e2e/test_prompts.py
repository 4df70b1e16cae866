"""What cannot be undone is asked for at a terminal, and nowhere else."""

from __future__ import annotations

import pytest

from tests.e2e.newsletter import ANN, Newsletter, later
from tests.support.terminal import END, at_terminal

FORGET = ("subscribers", "forget", ANN)


@pytest.fixture
def planned(read_newsletter: Newsletter) -> Newsletter:
    """Return a newsletter with a backup, whose issue 000 waits for `apply`."""
    read_newsletter.digest("000_aa.txt", 1)
    read_newsletter.build()
    read_newsletter.run("plan", "000", now=later())
    read_newsletter.run("backup", "b.db")
    return read_newsletter


@pytest.mark.parametrize("answer", ["n\n", "\n", END])
def test_a_no_changes_nothing(read_newsletter: Newsletter, answer: str) -> None:
    """So do an empty line and the end of what is typed: one line says so, with exit code 1."""
    code, shown = at_terminal(read_newsletter.root, FORGET, answer)
    assert (1, True) == (code, "erased for good. Erase it? [y/N]: " in shown)
    assert shown.endswith(" nothing was changed; --yes goes on without asking\n")
    assert ANN in read_newsletter.run("subscribers", "list").out


def test_a_yes_goes_on(read_newsletter: Newsletter) -> None:
    """The command does what it does elsewhere."""
    code, shown = at_terminal(read_newsletter.root, FORGET, "y\n")
    assert (0, True) == (code, shown.endswith("erased; no import can add it from now on\n")), shown
    assert ANN not in read_newsletter.run("subscribers", "list").out


def test_the_option_yes_asks_nothing(read_newsletter: Newsletter) -> None:
    """Whoever gives it has decided."""
    code, shown = at_terminal(read_newsletter.root, (*FORGET, "--yes"), "n\n")
    assert (0, False) == (code, "[y/N]" in shown)


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (("cancel", "000"), "4 readers will never get the mail of 000. Cancel it?"),
        (("resolve", "000", "--uncertain", "resend"), "Send them again?"),
        (("resolve", "000", "--uncertain", "accept"), "Take them for sent?"),
        (("restore", "b.db"), "Restore it?"),
        (("accept-restore",), "The next run sends mail again"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_asked(planned: Newsletter, words: tuple[str, ...], question: str) -> None:
    """The question says what would happen, and after a no nothing has."""
    before = planned.run("deliveries", "--format", "json").out
    code, shown = at_terminal(planned.root, words, "n\n")
    assert (1, True) == (code, question in shown), shown
    assert before == planned.run("deliveries", "--format", "json").out


def test_a_restore_into_nothing(planned: Newsletter, newsletter: Newsletter) -> None:
    """Where there is no state that would be replaced, nothing is asked."""
    backup = str(planned.root / "b.db")
    code, shown = at_terminal(newsletter.root, ("restore", backup), "n\n")
    assert (0, False) == (code, "[y/N]" in shown), shown


def test_a_dry_run_asks_nothing(read_newsletter: Newsletter) -> None:
    """It changes nothing that could be asked about."""
    code, shown = at_terminal(read_newsletter.root, (*FORGET, "--dry-run"), "n\n")
    assert (0, False) == (code, "[y/N]" in shown)
