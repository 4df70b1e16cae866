"""An issue as a mail: Jinja2 → MJML → HTML, and the same words as plain text."""

from __future__ import annotations

import dataclasses
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from publisher.model import Block, Issue, Item
from publisher.render.contexts import (
    IssueView,
    ItemView,
    MailView,
    NewsletterView,
    TextItem,
    TextView,
    Words,
)
from publisher.render.fragments import ItemFragments, Wrapped
from publisher.render.html import blocks_html
from publisher.render.mail.simplify import simplify_blocks
from publisher.render.mail.size_budget import Form, Frame, Sizes, fair_shares, shares
from publisher.render.mail.truncatable import Foldable
from publisher.render.mjml.compile import mail_html
from publisher.render.templating.environment import Templates
from publisher.render.text import Links, blocks_text, underline, wrap
from publisher.render.titles import shorten
from publisher.render.url_delimiters import delimit_blocks

#: Gmail clips a mail at about 102 KB, and hides the unsubscribe link with it.
HTML_LIMIT = 90_000

#: What an issue is called where it is linked to from a folded text, in columns.
_NAME = 40
#: A longer title of an issue is cut: nothing else could make room for it.
_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Shortened:
    """A text that a mail does not show whole."""

    #: What it belongs to; None for an introduction and the outro.
    item: Item | None
    #: How much of it is shown; None when the mail has not even its title.
    form: Form | None
    is_outro: bool = False


@dataclass(frozen=True, slots=True)
class Email:
    """An issue's mail."""

    #: In UTF-8, as the copies on the web are written.
    html_bytes: bytes
    text_bytes: bytes
    #: What had to be shortened, in the order of the issue.
    shortened: tuple[Shortened, ...]

    @property
    def html(self) -> str:
        """The HTML part."""
        return self.html_bytes.decode()

    @property
    def text(self) -> str:
        """The text part."""
        return self.text_bytes.decode()


@dataclass(frozen=True, slots=True)
class _Made:
    """One of the two parts of a mail."""

    #: In UTF-8.
    content: bytes
    #: In which of its sizes it shows each text; a text that is not in it is whole.
    shown: Mapping[str, int]
    mail: MailView


class Composer:
    """Makes the mail of one issue."""

    def __init__(
        self,
        templates: Templates,
        newsletter: NewsletterView,
        issue: IssueView,
        mail: MailView,
        source: Issue,
        drafts: Sequence[ItemFragments],
        limit: int = HTML_LIMIT,
    ) -> None:
        self._templates = templates
        self._newsletter = newsletter
        if len(issue.title.text) > _LONGEST_TITLE:
            title = dataclasses.replace(issue.title, text=shorten(issue.title.text, _LONGEST_TITLE))
            issue = dataclasses.replace(issue, title=title)
        self._issue = issue
        self._mail = mail
        self._source = source
        self._drafts = drafts
        self._limit = limit

    def compose(self) -> Email:
        """Return the mail; neither its HTML nor its text has more bytes than the limit.

        Raises TemplateError.
        """
        html = self._html()
        text = self._text(html)
        return Email(html.content, text.content, tuple(self._shortened(html, text)))

    def _shortened(self, *parts: _Made) -> Iterator[Shortened]:
        left_out = max(part.mail.left_out for part in parts)
        kept = len(self._source.items) - left_out
        if not left_out and not any(part.shown for part in parts):
            return
        for key, text in self._texts.items():
            form = max(
                text.form(part.shown[key]) if key in part.shown else Form.whole for part in parts
            )
            there = bool(text.html) and (text.item is None or text.item.number <= kept)
            if there and form is not Form.whole:
                yield Shortened(text.item, form, key == "outro")
        for item in self._source.items[kept:]:
            yield Shortened(item, None)

    # --- The texts ------------------------------------------------------------------------

    @cached_property
    def _texts(self) -> dict[str, Foldable]:
        """Return all texts that can be folded by the key of their place, in order."""
        issue, source = self._issue, self._source
        name = Words(text=shorten(issue.title.text, _NAME), lang=issue.title.lang)
        texts = {"intro": self._foldable(source.intro, issue.intro, issue.url, name, 2)}
        for number, section in enumerate(issue.sections):
            source_section = source.items[section.items[0].number - 1].section
            if source_section is not None and section.title is not None:
                texts[f"s{number}"] = self._foldable(
                    source_section.intro, section.intro, issue.url, section.title, 3
                )
            for view in section.items:
                item = source.items[view.number - 1]
                name_of_item = Words(text=view.name, lang=view.title.lang)
                texts[f"i{view.number}"] = self._foldable(
                    item.body, view.body, view.url, name_of_item, view.level + 1, item
                )
        texts["outro"] = self._foldable(source.outro, issue.outro, issue.url, name, 2)
        return texts

    def _foldable(
        self,
        blocks: Sequence[Block],
        html: str,
        url: str,
        name: Words,
        level: int,
        item: Item | None = None,
    ) -> Foldable:
        shown = self._drafts[item.number - 1].blocks if item else delimit_blocks(blocks)
        if _has_more_than_mails(html):
            shown = simplify_blocks(shown)
            html = blocks_html(shown, level=level)
        return Foldable(
            templates=self._templates,
            newsletter=self._newsletter,
            blocks=blocks,
            delimited=shown,
            html=html,
            url=url,
            name=name,
            level=level,
            item=item,
        )

    def _leaving_out(self, part: Callable[[IssueView, MailView], Frame]) -> _Made:
        """Make a part with nothing but titles, and of those as many as fit."""
        total = len(self._issue.items)
        few, many = 0, total
        best = None
        while best is None or few < many:
            kept = (few + many) // 2
            mail = dataclasses.replace(self._mail, compact=True, left_out=total - kept)
            content = part(_first(self._issue, kept), mail).filled({})
            if len(content) <= self._limit or not kept:
                best = _Made(content, dict.fromkeys(self._texts, 0), mail)
                few = kept + 1
            else:
                many = kept
        return best

    # --- HTML -----------------------------------------------------------------------------

    def _html(self) -> _Made:
        frame = self._html_frame(self._issue, self._mail)
        content = frame.filled(self._bodies())
        if len(content) <= self._limit:
            return _Made(content, {}, self._mail)
        texts = len(content) - frame.size
        least = {key: text.beginning for key, text in self._texts.items()}
        shown = shares(self._sizes(frame), frame.counts, self._limit - frame.size, least)
        mail = self._mail
        if shown is None:
            mail = dataclasses.replace(mail, compact=True)
            frame = self._html_frame(self._issue, mail)
            room = self._limit - frame.size
            if room < 0:
                return self._leaving_out(self._html_frame)
            if texts <= room and len(content := frame.filled(self._bodies())) <= self._limit:
                return _Made(content, {}, mail)
            shown = fair_shares(self._sizes(frame), frame.counts, room)
        content = frame.filled({key: self._texts[key].html_at(at) for key, at in shown.items()})
        return _Made(content, shown, mail)

    def _sizes(self, frame: Frame) -> dict[str, Sizes]:
        """Return the sizes of the texts that a template shows."""
        return {key: text.sizes for key, text in self._texts.items() if key in frame.counts}

    def _html_frame(self, issue: IssueView, mail: MailView) -> Frame:
        views = {"newsletter": self._newsletter, "issue": issue, "mail": mail}
        return Frame(mail_html(self._templates, "email.mjml", **views))

    def _bodies(self) -> dict[str, str]:
        bodies: dict[str, str] = {f"i{item.number}": item.body for item in self._issue.items}
        for number, section in enumerate(self._issue.sections):
            bodies[f"s{number}"] = section.intro
        bodies["intro"], bodies["outro"] = self._issue.intro, self._issue.outro
        return {
            key: self._texts[key].html if _has_more_than_mails(html) else html
            for key, html in bodies.items()
        }

    # --- Plain text -----------------------------------------------------------------------

    def _text(self, html: _Made) -> _Made:
        """Make the text with what the HTML shows, or less should it still be too long.

        Then its texts have the shares that they would have in HTML of a smaller budget.
        """
        made = self._text_with(html.shown, html.mail)
        if len(made.content) <= self._limit:
            return made
        sizes = {
            key: list(islice(text.sizes, html.shown[key] + 1 if key in html.shown else None))
            for key, text in self._texts.items()
        }
        counts = dict.fromkeys(sizes, 1)
        fitting: dict[int, _Made] = {}

        def is_too_long(budget: int) -> bool:
            made = self._text_with(fair_shares(sizes, counts, budget), html.mail)
            if len(made.content) <= self._limit:
                fitting[budget] = made
            return budget not in fitting

        budgets = range(sum(text_sizes[-1] for text_sizes in sizes.values()) + 1)
        bisect_left(budgets, True, key=is_too_long)
        if fitting:
            return fitting[max(fitting)]
        links = {key: self._links(text).lines() for key, text in self._texts.items()}
        return self._leaving_out(
            lambda issue, mail: Frame(self._text_frame(issue, mail, {}, links))
        )

    def _text_with(self, shown: Mapping[str, int], mail: MailView) -> _Made:
        wrapped: dict[str, str] = {}
        links: dict[str, str] = {}
        for key, text in self._texts.items():
            is_whole = key not in shown or text.form(shown[key]) is Form.whole
            if text.item and is_whole:
                wrapped[key], links[key] = self._drafts[text.item.number - 1].wrapped.whole
                continue
            row = self._links(text)
            if is_whole:
                wrapped[key] = blocks_text(text.blocks, row)
            else:
                wrapped[key] = text.text_at(shown[key], row)
            links[key] = row.lines()
        kept = len(self._source.items) - mail.left_out
        issue = _first(self._issue, kept) if mail.left_out else self._issue
        return _Made(self._text_frame(issue, mail, wrapped, links).encode(), shown, mail)

    def _links(self, text: Foldable) -> Links:
        return Links(self._drafts[text.item.number - 1].links if text.item else ())

    def _text_frame(
        self,
        issue: IssueView,
        mail: MailView,
        bodies: Mapping[str, str],
        links: Mapping[str, str],
    ) -> str:
        sections: dict[int, str] = {}
        for number, section in enumerate(issue.sections):
            if section.title is not None:
                lines = wrap(section.title.text)
                key = f"s{number}"
                sections[section.items[0].number] = _joined(
                    "\n".join((*lines, underline(lines, "="))),
                    bodies.get(key, ""),
                    links.get(key, ""),
                )
        title = wrap(issue.title.text)
        text = TextView(
            title="\n".join(title),
            rule=underline(title, "="),
            intro=_joined(bodies.get("intro", ""), links.get("intro", "")),
            items=tuple(
                _text_item(
                    view,
                    self._drafts[view.number - 1].wrapped,
                    sections.get(view.number, ""),
                    bodies.get(f"i{view.number}", ""),
                    links.get(f"i{view.number}", ""),
                )
                for view in issue.items
            ),
            outro=_joined(bodies.get("outro", ""), links.get("outro", "")),
        )
        return self._templates.render(
            "email.txt", newsletter=self._newsletter, issue=issue, mail=mail, text=text
        )


def _has_more_than_mails(html: str) -> bool:
    """Return whether a page's HTML has elements that few mail programs show."""
    return "<math" in html or "<table" in html or "<dl" in html


def _first(issue: IssueView, count: int) -> IssueView:
    """Return the issue with its first items only."""
    sections = (
        dataclasses.replace(
            section, items=tuple(item for item in section.items if item.number <= count)
        )
        for section in issue.sections
    )
    return dataclasses.replace(
        issue,
        items=issue.items[:count],
        sections=tuple(section for section in sections if section.items),
    )


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def _text_item(view: ItemView, wrapped: Wrapped, section: str, body: str, links: str) -> TextItem:
    return TextItem(
        item=view,
        section=section,
        title=wrapped.title,
        rule=wrapped.rule,
        translation=wrapped.translation,
        byline=wrapped.byline,
        body=body,
        links=links,
    )
