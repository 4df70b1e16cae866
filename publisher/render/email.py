"""An issue as a mail: Jinja2 → MJML → HTML, and the same words as plain text."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from publisher.columns import WIDE
from publisher.model import Block, Issue, Item, Paragraph
from publisher.render.delimiters import delimited_text
from publisher.render.drafting import Draft, Wrapped
from publisher.render.folding import Form, Frame, place
from publisher.render.mjml_html import mail_pieces
from publisher.render.naming import cut, excerpt
from publisher.render.templates import Templates
from publisher.render.text import Links, blocks_text, rule, wrap
from publisher.render.views import (
    BeginningView,
    IssueView,
    ItemView,
    MailView,
    NewsletterView,
    TextItem,
    TextView,
    Words,
)

#: Gmail clips a mail at about 102 KB, and hides the unsubscribe link with it.
HTML_LIMIT = 90_000

#: What is left of a folded text, in columns.
_BEGINNING = 200
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
    #: How much it shows of each text; nothing is said of one that is whole.
    forms: Mapping[str, Form]
    mail: MailView


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that may be folded."""

    blocks: Sequence[Block]
    html: str
    url: str
    #: What it is about, and the language of that.
    name: str
    lang: str
    item: Item | None


class Composer:
    """Makes the mail of one issue."""

    def __init__(
        self,
        templates: Templates,
        newsletter: NewsletterView,
        issue: IssueView,
        mail: MailView,
        source: Issue,
        drafts: Sequence[Draft],
        limit: int = HTML_LIMIT,
    ) -> None:
        self._templates = templates
        self._newsletter = newsletter
        if len(issue.title.text) > _LONGEST_TITLE:
            title = dataclasses.replace(issue.title, text=cut(issue.title.text, _LONGEST_TITLE))
            issue = dataclasses.replace(issue, title=title)
        self._issue = issue
        self._mail = mail
        self._source = source
        self._drafts = drafts
        self._limit = limit

    def compose(self) -> Email:
        """Make HTML and text, neither with more bytes than the limit."""
        html = self._html()
        text = self._text(html)
        return Email(html.content, text.content, tuple(self._shortened(html, text)))

    def _shortened(self, *parts: _Made) -> Iterator[Shortened]:
        left_out = max(part.mail.left_out for part in parts)
        kept = len(self._source.items) - left_out
        if not left_out and not any(part.forms for part in parts):
            return
        for key, text in self._texts.items():
            form = max(part.forms.get(key, Form.whole) for part in parts)
            there = bool(text.html) and (text.item is None or text.item.number <= kept)
            if there and form is not Form.whole:
                yield Shortened(text.item, form, key == "outro")
        for item in self._source.items[kept:]:
            yield Shortened(item, None)

    # --- The texts ------------------------------------------------------------------------

    @cached_property
    def _texts(self) -> dict[str, _Text]:
        """Give all texts that can be folded by the key of their place, in order."""
        issue, source = self._issue, self._source
        name = cut(issue.title.text, _NAME)
        found = {"intro": _Text(source.intro, issue.intro, issue.url, name, issue.title.lang, None)}
        for number, section in enumerate(issue.sections):
            its = source.items[section.items[0].number - 1].section
            if its is not None and section.title is not None:
                title = section.title
                found[f"s{number}"] = _Text(
                    its.intro, section.intro, issue.url, title.text, title.lang, None
                )
            for view in section.items:
                item = source.items[view.number - 1]
                found[f"i{view.number}"] = _Text(
                    item.body, view.body, view.url, view.name, view.title.lang, item
                )
        found["outro"] = _Text(source.outro, issue.outro, issue.url, name, issue.title.lang, None)
        return found

    def _folded(self, text: _Text, template: str) -> str:
        words, lang = _beginning(text.blocks, text.lang)
        if template.endswith(".txt"):
            words = "\n".join(wrap(words))
        name = Words(text=text.name, lang=text.lang)
        beginning = BeginningView(text=words, lang=lang, url=text.url, name=name)
        return self._templates.render(template, newsletter=self._newsletter, beginning=beginning)

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
                best = _Made(content, dict.fromkeys(self._texts, Form.title), mail)
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
        forms = {
            key: (text.html, self._folded(text, "folded.html") if text.html else "", "")
            for key, text in self._texts.items()
        }
        fitted = frame.fit(forms, self._limit, Form.beginning)
        mail = self._mail
        if fitted is None:
            mail = dataclasses.replace(mail, compact=True)
            fitted = self._html_frame(self._issue, mail).fit(forms, self._limit)
        if fitted is None:
            return self._leaving_out(self._html_frame)
        return _Made(fitted.content, fitted.forms, mail)

    def _html_frame(self, issue: IssueView, mail: MailView) -> Frame:
        views = {"newsletter": self._newsletter, "issue": issue, "mail": mail}
        return Frame(*mail_pieces(self._templates, "email.mjml", **views))

    def _bodies(self) -> dict[str, str]:
        bodies: dict[str, str] = {f"i{item.number}": item.body for item in self._issue.items}
        for number, section in enumerate(self._issue.sections):
            bodies[f"s{number}"] = section.intro
        bodies["intro"], bodies["outro"] = self._issue.intro, self._issue.outro
        return bodies

    # --- Plain text -----------------------------------------------------------------------

    def _text(self, html: _Made) -> _Made:
        """Make the text with what the HTML shows, or less should it still be too long."""
        kept = len(self._source.items) - html.mail.left_out
        wrapped: dict[str, str] = {}
        links: dict[str, str] = {}
        for key, text in self._texts.items():
            form = html.forms.get(key, Form.whole)
            if text.item and form is Form.whole:
                its = self._drafts[text.item.number - 1].wrapped
                wrapped[key], links[key] = its.body, its.links
                continue
            row = Links(self._drafts[text.item.number - 1].links if text.item else ())
            wrapped[key] = self._wrapped(text, form, row)
            links[key] = row.lines()
        issue = self._issue if not html.mail.left_out else _first(self._issue, kept)
        content = self._text_frame(issue, html.mail, wrapped, links).encode()
        if len(content) <= self._limit:
            return _Made(content, html.forms, html.mail)
        return self._shorter_text(html, issue, wrapped, links)

    def _shorter_text(
        self, html: _Made, issue: IssueView, wrapped: dict[str, str], links: dict[str, str]
    ) -> _Made:
        forms: dict[str, tuple[str, str, str]] = {}
        for key, text in self._texts.items():
            form = html.forms.get(key, Form.whole)
            beginning = self._wrapped(text, max(form, Form.beginning), Links())
            forms[key] = (wrapped[key], beginning, "")
        places = {key: place(key) for key, text in wrapped.items() if text}
        frame = Frame(self._text_frame(issue, html.mail, places, links))
        fitted = frame.fit(forms, self._limit)
        if fitted is None:
            return self._leaving_out(
                lambda issue, mail: Frame(self._text_frame(issue, mail, {}, links))
            )
        shown = {
            key: max(form, html.forms.get(key, Form.whole)) for key, form in fitted.forms.items()
        }
        return _Made(fitted.content, shown, html.mail)

    def _wrapped(self, text: _Text, form: Form, links: Links) -> str:
        if form is Form.whole:
            return blocks_text(text.blocks, links)
        if form is Form.beginning and text.html:
            return self._folded(text, "folded.txt").rstrip("\n")
        return ""

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
                    "\n".join((*lines, rule(lines, "="))), bodies.get(key, ""), links.get(key, "")
                )
        title = wrap(issue.title.text)
        text = TextView(
            title="\n".join(title),
            rule=rule(title, "="),
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


def _beginning(blocks: Sequence[Block], lang: str) -> tuple[str, str]:
    """Give the first sentences of a text and their language; `lang` when it has no words."""
    for block in blocks:
        if isinstance(block, Paragraph):
            text = excerpt((block,), _BEGINNING)
            if any(letter >= WIDE for letter in text):
                text = excerpt((block,), _BEGINNING // 2)
            if text:
                return delimited_text(text), block.lang
    return "", lang


def _first(issue: IssueView, count: int) -> IssueView:
    """Give the issue with its first items only."""
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


def _text_item(view: ItemView, its: Wrapped, section: str, body: str, links: str) -> TextItem:
    return TextItem(
        item=view,
        section=section,
        title=its.title,
        rule=its.rule,
        translation=its.translation,
        body=body,
        links=links,
    )
