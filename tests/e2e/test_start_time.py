"""What a command waits for before it does anything: imports are most of what cron pays for."""

import subprocess
import sys

import pytest

from tests.e2e.newsletter import ANN, Newsletter, environment

#: What is imported for digests that are new, for pages and mails that are made, for what goes out,
#: and for what a person looks at.
_HEAVY = {
    "alembic", "cryptography", "dns", "email_validator", "feedgen", "jinja2", "lxml", "markdown_it",
    "mjml", "publisher.digest.parser", "publisher.render.contexts", "rapidfuzz", "rich",
    "starlette", "uvicorn", "watchfiles", "yaml",
}  # fmt: skip


@pytest.mark.parametrize(
    "words", [("build",), ("run",), ("status",), ("subscribers", "list")], ids=" ".join
)
def test_nothing_is_imported_in_vain(newsletter: Newsletter, words: tuple[str, ...]) -> None:
    """A command that finds all as it was imports nothing that only work needs."""
    newsletter.digest("000_aa.txt", 1)
    newsletter.run("subscribers", "add", ANN)
    newsletter.run("run")
    ran = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "publisher", *words], cwd=newsletter.root,
        env=environment({}), capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    assert "publisher.storage.database" in imported
    assert set() == imported & _HEAVY
