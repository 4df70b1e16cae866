"""What readers see of an issue: on its page, in its whole mail, and in its entry in feeds."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lxml import html

from publisher.config import Newsletter
from publisher.feeds.entry import EntryBuilder
from publisher.feeds.identity import Identity, Stamp
from publisher.model import Issue, IssueRecord
from publisher.render.byline import FEW
from publisher.render.site import Renderer
from publisher.render.templating.environment import Templates
from tests.support.issue_pages import found

NEWSLETTER = Newsletter(title="Papers", base_url="https://news.example.org/")
#: No mail is as large: nothing is folded.
_WHOLE = 1_000_000_000
_RENDERER = Renderer(NEWSLETTER, ZoneInfo("UTC"), Templates(), "News <n@example.org>", _WHOLE)
_WHEN = datetime(2026, 11, 20, tzinfo=UTC)
#: Elements that part no words.
_INLINE = frozenset(
    ("a", "abbr", "b", "code", "em", "i", "math", "mi", "mn", "mo", "mrow", "span", "strong", "sub",
     "sup", "wbr")
)  # fmt: skip
_HIDDEN = "//head | //script | //style | //*[contains(@style, 'display:none')]"
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u2060\ufeff"))


def outputs(issue: Issue) -> dict[str, str]:
    """Return the words of each output by its name: `page`, `mail` and `feed`."""
    record = IssueRecord.unpublished(issue, "Issue", _WHEN)
    made = _RENDERER.issue_files(issue, record, newer=None, older=None, appearances={}, own=())
    stamp = Stamp(
        Identity("example.org", 2026).issue(issue.slug), _WHEN, _WHEN, issue=issue.slug, paper=None
    )
    entry = EntryBuilder(NEWSLETTER, "", None).entry(issue, stamp)
    assert entry
    return {
        "page": _words(made[f"issues/{issue.slug}/index.html"].decode()),
        "mail": _words(_RENDERER.email(issue, record).html),
        "feed": f"{entry.title}\n{_words(entry.html)}",
    }


def unshown(issue: Issue) -> list[str]:
    """Return the authors that are left out where room is short."""
    return [author for item in issue.items for author in item.metadata.authors[FEW:]]


def _words(page: str) -> str:
    """Return what is seen of a page, with white space where its elements part words."""
    root = html.document_fromstring(page)
    for element in found(root, _HIDDEN):
        element.drop_tree()
    for element in root.iter():
        if element.tag not in _INLINE:
            element.tail = f"\n{element.tail or ''}"
            element.text = f"\n{element.text or ''}"
    return "".join(map(str, root.itertext())).translate(_UNSEEN)
