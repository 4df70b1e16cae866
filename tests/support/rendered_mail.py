"""An issue's mail, for tests to have what they are about replaced in it."""

from publisher.mail.mime import TOKEN, Letter, Mailbox
from tests.support.newsletter_folder import NOW

LETTER = Letter(
    sender=Mailbox("News", "news@example.org"),
    reply_to=Mailbox("", "answers@example.org"),
    subject="Subject",
    date=NOW,
    list_name="News",
    list_id="news.example.org",
    archive_url="https://example.org/",
    issue_url="https://example.org/issues/1/",
    unsubscribe_urls=(
        f"https://example.org/unsubscribe/{TOKEN}",
        f"mailto:bounces@example.org?subject=unsubscribe%20{TOKEN}",
    ),
    join_url="https://example.org/subscribe",
    text="text",
    html="<p>html</p>",
    issue="1",
)
