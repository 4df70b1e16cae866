"""Which addresses lead to one mailbox."""

import pytest

from publisher.subscribers.addresses import check_address
from publisher.subscribers.aliases import mailbox_of


def mailbox(typed: str) -> str:
    """Return the mailbox of an address as somebody types it."""
    return mailbox_of(check_address(typed)[1])


@pytest.mark.parametrize(
    "alias",
    [
        "ann@example.org",
        "ANN@Example.ORG",
        "ann+news@example.org",
        "Ann+a+b@example.org",
        "ann+@example.org",
    ],
)
def test_a_tag_after_a_plus_is_no_other_mailbox(alias: str) -> None:
    """At every domain, case and what follows `+` are left out."""
    assert "ann@example.org" == mailbox(alias)


@pytest.mark.parametrize(
    ("alias", "expected"),
    [
        ("a.n.n.lee+1@gmail.com", "annlee@gmail.com"),
        ("AnnLee@GoogleMail.com", "annlee@gmail.com"),
        ("annlee-news@yahoo.com", "annlee@yahoo.com"),
        ("annlee-news@yahoo.co.jp", "annlee@yahoo.co.jp"),
        ("annlee-x@ymail.com", "annlee@ymail.com"),
        ("news@annlee.fastmail.com", "annlee@fastmail.com"),
        ("a+b@annlee.fastmail.fm", "annlee@fastmail.fm"),
        ("annlee+shop@fastmail.com", "annlee@fastmail.com"),
        ("annlee+x@outlook.com", "annlee@outlook.com"),
        ("annlee+x@me.com", "annlee@icloud.com"),
        ("ann_lee@pm.me", "annlee@proton.me"),
        ("ann-lee+x@protonmail.com", "annlee@proton.me"),
        ("ann-lee@ya.ru", "ann.lee@yandex.ru"),
    ],
)
def test_providers_have_rules_of_their_own(alias: str, expected: str) -> None:
    """Dots, hyphens, subdomains and second domains, where a provider is known to ignore them."""
    assert expected == mailbox(alias)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ann.lee@example.org", "annlee@example.org"),
        ("ann-lee@example.org", "ann@example.org"),
        ("ann@mail.example.org", "ann@example.org"),
        ("ann@example.org", "ann@example.com"),
        ("+1@example.org", "+2@example.org"),
        ("ann@outlook.com", "ann@gmail.com"),
    ],
)
def test_other_people_have_other_mailboxes(first: str, second: str) -> None:
    """Where no provider is known to ignore it, a difference is a difference."""
    assert mailbox(first) != mailbox(second)
