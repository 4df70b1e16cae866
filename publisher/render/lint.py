"""Mistakes in a newsletter's templates, found before an issue needs them.

The templates are rendered with a small sample issue that has everything an issue can have, and
with one that has nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from publisher.config import Newsletter
from publisher.errors import TemplateError
from publisher.model import (
    Code,
    CodeBlock,
    Definition,
    DefinitionList,
    Diagnostic,
    Emphasis,
    Heading,
    Issue,
    IssueRecord,
    Item,
    Level,
    LineBreak,
    Link,
    ListBlock,
    Math,
    Metadata,
    Paragraph,
    Quote,
    Section,
    Strong,
    Subheading,
    Table,
    Text,
)
from publisher.paper_id import PaperId, PaperScheme
from publisher.render.feed_catalog import Topic
from publisher.render.html import without_forbidden
from publisher.render.mail.issue_mail import Shortened
from publisher.render.mail.size_budget import Form
from publisher.render.mail.subject import subject
from publisher.render.mjml.compile import mail_html
from publisher.render.site import Renderer
from publisher.render.subscription_contexts import ConfirmView, JoinView, LeaveView
from publisher.render.subscription_pages import SubscriptionPages
from publisher.render.templating.environment import MJML, Templates
from publisher.render.templating.lint import find_faults, find_unused
from publisher.render.templating.loader import ASSETS
from publisher.render.titles import short_title
from publisher.render.url_delimiters import delimit_text

_LEAVE = "https://example.org/leave"
_MAIL = "email.mjml"
_GOOGLE = "fonts.googleapis.com"


def check_templates(
    templates: Templates,
    newsletter: Newsletter,
    zone: ZoneInfo,
    shown: Callable[[Path], str] = str,
) -> list[Diagnostic]:
    """Return every mistake in the templates, by file and line; `shown` returns a file's name."""
    contexts = _contexts(newsletter, zone)
    diagnostics = [
        Diagnostic(
            file=shown(fault.path),
            line=fault.line,
            column=fault.column,
            level=Level.error,
            code=fault.code,
            message=fault.message,
        )
        for fault in find_faults(templates, contexts)
    ]
    for path in find_unused(templates, list(contexts)):
        what = (
            f"no page is made from {path.name}, "
            "see docs/reference/templates.md for the names there are"
        )
        diagnostics.append(_warning(shown(path), "template-unused", what))
    if not diagnostics:
        file = shown(templates.path(_MAIL))
        diagnostics += [
            _warning(file, code, what) for code, what in _odd(templates, contexts[_MAIL])
        ]
    logo = f"{ASSETS}{newsletter.logo}"
    if newsletter.logo and "://" not in logo and not templates.path(logo).is_file():
        what = "newsletter.logo names this file, and it is not there; put it there"
        diagnostics.append(_warning(f"templates/{logo}", "logo", what))
    return diagnostics


def check_mail(
    renderer: Renderer, issue: Issue, file: str, unsubscribe_url: str | None = None
) -> list[Diagnostic]:
    """Return diagnostics on texts that an issue's mail shortens; `file` is the digest's name."""
    # The longest date there is: the mail that is sent will not be longer than this one.
    record = IssueRecord.unpublished(issue, "", datetime(2026, 9, 30, tzinfo=UTC))
    try:
        email = renderer.email(issue, record, unsubscribe_url)
    except TemplateError:  # `check_templates` says it
        return []
    limit = f"to stay within {renderer.max_html_bytes:,} bytes (email.max_html_bytes)"
    return [*_subject(issue, file), *(_shortened(text, file, limit) for text in email.shortened)]


def _subject(issue: Issue, file: str) -> Iterator[Diagnostic]:
    if not issue.title or issue.subject:
        return
    mail_subject = subject(issue)
    if not mail_subject.endswith(delimit_text(" ".join(without_forbidden(issue.title).split()))):
        yield Diagnostic(
            file=file,
            line=0,
            column=0,
            level=Level.info,
            code="long-title",
            message=f'the title is too long for a subject, so the mail\'s is "{mail_subject}"; '
            "`subject` in the front matter gives another",
        )


def _shortened(text: Shortened, file: str, limit: str) -> Diagnostic:
    item = text.item
    apart = "the outro" if text.is_outro else "an introduction"
    what = f'item {item.number}, "{short_title(item)}"' if item else apart
    mild = text.form is Form.beginning
    if mild:
        how = f"the mail shows only the first sentences of {what}, {limit}"
    elif item and text.form is Form.title:
        how = f"the mail shows only the title of {what}, {limit}"
    else:
        how = f"the mail leaves out {what}, {limit}"
    return Diagnostic(
        file=file,
        line=item.line if item else 0,
        column=1 if item else 0,
        level=Level.info if mild else Level.warning,
        code="mail-folded" if mild else "mail-left-out",
        message=how,
    )


def _odd(templates: Templates, contexts: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield what is allowed in a mail, and hardly meant."""
    mails = []
    for context in contexts:
        try:
            mails.append((context["mail"], mail_html(templates, _MAIL, **context)))
        except TemplateError:  # there is no such mistake, `check` has looked
            return
    if any(_GOOGLE in html for _, html in mails):
        yield "mail-font", "the mail loads a font from Google, name a font-family in mj-all"
    if any((mail.unsubscribe_url or "") not in html for mail, html in mails):
        yield "mail-unsubscribe", "readers cannot leave, link to mail.unsubscribe_url"


def _warning(file: str, code: str, message: str) -> Diagnostic:
    return Diagnostic(file=file, line=1, column=1, level=Level.warning, code=code, message=message)


# --- What templates are filled in with ----------------------------------------------------


class _Recorder(Templates):
    """Fills in nothing, and remembers with what."""

    def __init__(self) -> None:
        self.contexts: dict[str, list[dict[str, Any]]] = {}
        self.has_own_mails = False

    def render(self, name: str, **context: object) -> str:
        self.contexts.setdefault(name, []).append(context)
        return "<mjml><mj-body></mj-body></mjml>" if name.endswith(MJML) else ""


def _contexts(newsletter: Newsletter, zone: ZoneInfo) -> dict[str, list[dict[str, Any]]]:
    """Return what each template is given, for every shape an issue can have."""
    recorder = _Recorder()
    described = dataclasses.replace(newsletter, description="" if newsletter.description else "-")
    for variant, sender, limit in ((newsletter, "A <a@example.org>", 100_000), (described, "", -1)):
        # With nothing filled in a mail is short: less than nothing has to fold all, then to go.
        _fill_in(Renderer(variant, zone, recorder, sender, limit), newsletter.languages[-1])
        _fill_in_subscription_pages(
            SubscriptionPages(variant, zone, recorder, "https://example.org/", sender)
        )
    # What is folded in HTML is folded in text too.
    return recorder.contexts | {"folded.txt": recorder.contexts["folded.html"]}


def _fill_in(renderer: Renderer, lang: str) -> None:
    rich = _rich(lang)
    record, older, newer = _record("001", 2, rich), _record("000", 1, rich), _record("x", 3, rich)
    known = {item.paper: (older, record) for item in rich.papers() if item.paper}
    bare = dataclasses.replace(rich, slug="x", intro=(), items=(), outro=(), tags=())
    nothing = _record("x", 3, bare)
    renderer.issue_files(
        rich, record, newer=newer, older=older, appearances=known, own=known.keys()
    )
    renderer.issue_files(bare, nothing, newer=None, older=None, appearances={}, own=())
    renderer.moved_page(record)
    renderer.moved_paper_page(record, "2408.05211")
    renderer.email(rich, record, _LEAVE)
    renderer.email(rich, record, "mailto:a@example.org")
    renderer.email_of_several("weekly", [(bare, older), (rich, record)], record.published, _LEAVE)
    renderer.home_page(None, (), 0)
    renderer.home_page((rich, record), (record, older), 2)
    renderer.archive_page(1, 2, (older,))
    renderer.archive_page(2, 2, (record, newer))
    renderer.missing_page(0)
    renderer.missing_page(2)
    renderer.feeds_page(())
    renderer.feeds_page((Topic("tag", "a-tag", "A tag"), Topic("section", "b_1", "章节")))


def _fill_in_subscription_pages(pages: SubscriptionPages) -> None:
    for state in ("open", "invalid", "again", "used", "asked", "busy"):
        for languages in (("en", "zh-Hans", "de"), ()):
            pages.join(
                JoinView(
                    state=state, action="/subscribe", address="<a>", stamp="s",
                    languages=languages, language="",
                )
            )  # fmt: skip
    for state in ("open", "done", "void"):
        pages.confirm(ConfirmView(state=state, action="/", manage_href="/", join_href="/"))
    for state in ("open", "saved", "left", "gone", "back", "late", "void"):
        for languages in (("en", "zh-Hans", "de"), ()):
            pages.leave(
                LeaveView(
                    state=state, reader="a…@example.org", leave_action="/", manage_action="/",
                    undo_action="/" if state in ("left", "gone") else "", join_href="/",
                    languages=languages, language="", cadence="weekly",
                )
            )  # fmt: skip
    for known in (True, False):
        pages.note("https://example.org/", known=known)


def _record(slug: str, day: int, issue: Issue) -> IssueRecord:
    return IssueRecord(
        slug=slug,
        headline=f"Issue {slug}",
        source="",
        published=datetime(2026, 11, day, tzinfo=UTC),
        updated=datetime(2026, 11, day if slug == "x" else day + 7, tzinfo=UTC),
        items=len(issue.items),
        tags=issue.tags,
    )


def _rich(lang: str) -> Issue:
    link = Link("https://example.org/a?b=1&c=2", (Text("a link"),))
    words = Paragraph(
        (
            *(Text('Words <"&">, '), Emphasis((Text("stressed"),)), LineBreak()),
            *(Strong((Text("strong"),)), Code("code"), link, Math("x^2", "x²", is_display=False)),
        ),
        lang,
    )
    blocks = (
        *(words, Subheading((Text("Subheading"),), lang), Quote((words,)), CodeBlock("a < b\n")),
        *(ListBlock(((words,), (words, words)), None), ListBlock(((words,),), 1)),
        Table((words, words), ((words, words), (words, words))),
        DefinitionList((Definition(words, (words,)), Definition(words, (words, words)))),
    )
    section = Section(Heading("A section", lang), (words,))
    bare = Section(Heading("Another", lang), ())
    metadata = Metadata(
        authors=("Rita <Lio>", "Song Lu"),
        affiliations=("A & B",),
        date="2026-11-20",
        venue="ICLR 2026",
        categories=("cs.CL",),
        tags=("a tag",),
        score="+1",
    )
    arxiv = PaperId(PaperScheme.arxiv, "2408.05211")
    doi = PaperId(PaperScheme.doi, "10.1145/3292500.3330701")
    return Issue(
        slug="001",
        source="001.txt",
        title=None,
        date=None,
        draft=False,
        tags=("a tag",),
        intro=(words,),
        items=(
            dataclasses.replace(
                _item(1, None, arxiv, blocks, Heading("Translated", lang), (link,)),
                metadata=metadata,
            ),
            _item(2, section, None, blocks, None, ()),
            _item(3, section, doi, (CodeBlock("a"),), None, (link,)),
            _item(4, bare, None, (), Heading("Translated", lang), ()),
        ),
        outro=(words,),
    )


def _item(
    number: int,
    section: Section | None,
    paper: PaperId | None,
    body: tuple[Any, ...],
    translation: Heading | None,
    links: tuple[Link, ...],
) -> Item:
    return Item(
        number=number,
        title=Heading(f"Name {number}: a title", "en"),
        translation=translation,
        section=section,
        paper=paper,
        links=links,
        body=body,
        line=number,
    )
