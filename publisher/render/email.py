"""An issue as a mail: Jinja2 → MJML → HTML, and the same words as plain text."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Sequence

from markupsafe import Markup

from publisher.model import Issue, Item, Paragraph, Section, Subheading, Text
from publisher.render.html import blocks_html
from publisher.render.naming import excerpt
from publisher.render.templates import Templates
from publisher.render.text import WIDTH, blocks_text, wrap
from publisher.render.views import (
    IssueView,
    ItemView,
    MailView,
    NewsletterView,
    TextItem,
    TextView,
)

#: Gmail clips a mail at about 102 KB, and hides the unsubscribe link with it.
HTML_LIMIT = 90_000

_SHORTENED = 200
#: Stands where an item's text will; private-use characters, which no font shows.
_PLACE = "\uf8fe{}\uf8ff"
_HELD = re.compile("\uf8fe(\\d+)\uf8ff")
_PREHEADER = 140


def mail_html(
    templates: Templates,
    newsletter: NewsletterView,
    issue: IssueView,
    mail: MailView,
    source: Issue,
) -> str:
    """Give a mail's HTML, shortened as far as it takes to stay under HTML_LIMIT."""
    html = ""
    for view, its_mail in _ever_shorter(issue, mail, source):
        frame = templates.render_mjml(
            "email.mjml", newsletter=newsletter, issue=_without_bodies(view), mail=its_mail
        )
        bodies = {str(item.number): item.body for item in view.items}
        html = _HELD.sub(lambda match, bodies=bodies: bodies.get(match[1], ""), frame)  # type: ignore[misc]
        if len(html.encode()) < HTML_LIMIT:
            break
    return html


def _without_bodies(issue: IssueView) -> IssueView:
    """Hold places for the texts: MJML has nothing to do to them, and takes half its time so."""
    return _with_items(
        issue,
        [
            dataclasses.replace(item, body=Markup(_PLACE).format(item.number))  # noqa: S704 (ours)
            for item in issue.items
        ],
    )


def mail_text(
    templates: Templates,
    newsletter: NewsletterView,
    issue: IssueView,
    mail: MailView,
    source: Issue,
) -> str:
    """Give a mail's plain text, made from the issue and not from its HTML."""
    first = {section.items[0].number for section in issue.sections}
    text = TextView(
        title="\n".join(wrap(issue.title.text)),
        intro=blocks_text(source.intro),
        items=tuple(
            TextItem(
                item=view,
                section=_section(item.section) if view.number in first else "",
                title=_hanging(f"{view.number}. ", view.title.text),
                translation=_hanging("   ", view.translation.text) if view.translation else "",
                body=blocks_text(item.body),
            )
            for item, view in zip(source.items, issue.items, strict=True)
        ),
    )
    return templates.render("email.txt", newsletter=newsletter, issue=issue, mail=mail, text=text)


def preheader(issue: Issue) -> str:
    """Give the line that mail programs show after the subject: how the issue begins."""
    for blocks in (issue.intro, *(item.body for item in issue.items)):
        text = excerpt(blocks, _PREHEADER)
        if text:
            return text
    return ""


def _section(section: Section | None) -> str:
    if section is None:
        return ""
    heading = Subheading((Text(section.heading.text),), section.heading.lang)
    return blocks_text((heading, *section.intro))


def _hanging(mark: str, words: str) -> str:
    lines = wrap(words, WIDTH - len(mark))
    return mark + ("\n" + " " * len(mark)).join(lines)


def _ever_shorter(
    issue: IssueView, mail: MailView, source: Issue
) -> Iterator[tuple[IssueView, MailView]]:
    yield issue, mail
    short = tuple(
        dataclasses.replace(view, body=_beginning(item))
        for item, view in zip(source.items, issue.items, strict=True)
    )
    mail = dataclasses.replace(mail, shortened=True)
    yield _with_items(issue, short), mail
    bare = tuple(dataclasses.replace(item, body=Markup()) for item in issue.items)
    count = len(bare)
    while count:
        left_out = len(bare) - count
        yield _with_items(issue, bare[:count]), dataclasses.replace(mail, left_out=left_out)
        count //= 2


def _beginning(item: Item) -> Markup:
    for block in item.body:
        if isinstance(block, Paragraph):
            words = Text(excerpt(item.body, _SHORTENED))
            return Markup(blocks_html((Paragraph((words,), block.lang),)))  # noqa: S704 (escaped)
    return Markup()


def _with_items(issue: IssueView, items: Sequence[ItemView]) -> IssueView:
    kept = {item.number: item for item in items}
    sections = (
        dataclasses.replace(
            section, items=tuple(kept[item.number] for item in section.items if item.number in kept)
        )
        for section in issue.sections
    )
    return dataclasses.replace(
        issue,
        items=tuple(items),
        sections=tuple(section for section in sections if section.items),
    )
