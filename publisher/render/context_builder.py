"""Issues and papers as templates see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from gettext import NullTranslations
from itertools import groupby
from zoneinfo import ZoneInfo

from markupsafe import Markup

from publisher.config import Newsletter
from publisher.i18n import N_
from publisher.model import Heading, Issue, IssueRecord, Item
from publisher.paper_id import PaperId
from publisher.render.contexts import (
    IssueLink,
    IssueView,
    ItemView,
    Moment,
    NewsletterView,
    PaperView,
    SectionView,
    Words,
)
from publisher.render.feeds_page import announced
from publisher.render.fragments import ItemFragments, draft, words_of
from publisher.render.html import allowed, blocks_html, followable
from publisher.render.mail.size_budget import Body
from publisher.render.mail.variants import together
from publisher.render.titles import headline, lang_of
from publisher.render.url_delimiters import delimited, delimited_text
from publisher.render.urls import issue_path, page_link, paper_path, up

Appearances = Mapping[PaperId, Sequence[IssueRecord]]

# A date is one message: not every language inflects or orders its parts as English does.
_DATES = (
    N_("%(day)d January %(year)d"),
    N_("%(day)d February %(year)d"),
    N_("%(day)d March %(year)d"),
    N_("%(day)d April %(year)d"),
    N_("%(day)d May %(year)d"),
    N_("%(day)d June %(year)d"),
    N_("%(day)d July %(year)d"),
    N_("%(day)d August %(year)d"),
    N_("%(day)d September %(year)d"),
    N_("%(day)d October %(year)d"),
    N_("%(day)d November %(year)d"),
    N_("%(day)d December %(year)d"),
)


@dataclass(frozen=True, slots=True)
class Views:
    """Makes views for one newsletter, with dates in its time zone."""

    newsletter: Newsletter
    zone: ZoneInfo
    #: The interface's words.
    interface: NullTranslations
    #: Where one subscribes by e-mail; empty when no server takes addresses.
    join_url: str = ""

    def absolute(self, path: str) -> str:
        """Return the address of something under out/."""
        return self.newsletter.base_url + path

    def newsletter_view(self) -> NewsletterView:
        """Return what every page says about the newsletter."""
        newsletter = self.newsletter
        feeds = tuple(announced(newsletter))
        return NewsletterView(
            title=newsletter.title,
            title_lang=self.words(newsletter.title).lang,
            description=newsletter.description,
            description_lang=self.words(newsletter.description).lang,
            author=newsletter.author or newsletter.title,
            lang=newsletter.languages[0],
            interface_language=newsletter.interface_language,
            url=newsletter.base_url,
            join_url=self.join_url,
            feeds=feeds,
            alternates=Markup("\n").join(
                Markup('<link rel="alternate" type="{}" title="{}" href="{}">').format(
                    feed.media_type, feed.title, feed.url
                )
                for feed in feeds
            ),
        )

    def moment(self, when: datetime) -> Moment:
        """Return a date as people write it, whatever the locale of this process."""
        return _moment(when, self.zone, self.interface)

    def words(self, text: str) -> Words:
        """Return text whose language nobody has said."""
        return _worded(text, self.newsletter.shown_languages)

    def issue_link(self, record: IssueRecord, root: str) -> IssueLink:
        """Return a published issue as seen from a page that is `root` away from the home page."""
        return _issue_link(record, root, self.newsletter.shown_languages, self.zone, self.interface)

    def item(
        self, item: Item, fragments: ItemFragments, record: IssueRecord, appearances: Appearances
    ) -> ItemView:
        """Return an item as it stands on its issue's page."""
        folder = issue_path(record.slug)
        earlier: tuple[IssueLink, ...] = ()
        if item.paper is None:
            href = item.url if item.url and followable(item.url) else None
            url = f"{self.absolute(folder)}#{item.anchor}"
        else:
            path = paper_path(item.paper)
            href = page_link(up(folder), path)
            url = self.absolute(path)
            others = appearances.get(item.paper, ())
            if len(others) > 1:
                before = [other for other in others if _order(other) < _order(record)]
                earlier = tuple(
                    self.issue_link(other, up(folder)) for other in sorted(before, key=_order)
                )
        return ItemView(
            number=item.number,
            anchor=item.anchor,
            title=fragments.title,
            translation=fragments.translation,
            name=fragments.name,
            level=fragments.level,
            href=href,
            url=url,
            metadata=fragments.metadata,
            body=fragments.body,
            links=fragments.links,
            earlier=earlier,
        )

    def issue(
        self,
        issue: Issue,
        drafts: Sequence[ItemFragments],
        record: IssueRecord,
        appearances: Appearances,
        neighbours: tuple[IssueRecord | None, IssueRecord | None] = (None, None),
        root: str = "../../",
    ) -> IssueView:
        """Return an issue, its items (`drafts` of them) seen from its own page.

        `neighbours` are the issues published next and before; `root` is the way to the home
        page from the page that shows it.
        """
        newer, older = neighbours
        items = tuple(
            self.item(item, fragments, record, appearances)
            for item, fragments in zip(issue.items, drafts, strict=True)
        )
        published, updated = self.moment(record.published), self.moment(record.updated)
        folder = issue_path(record.slug)
        return IssueView(
            number=_number(record.slug),
            title=self.words(headline(issue, self.interface)),
            url=self.absolute(folder),
            href=page_link(root, folder),
            published=published,
            updated=updated if updated.text != published.text else None,
            intro=Body.of(blocks_html(delimited(issue.intro), level=2), "intro"),
            sections=_sections(issue.items, items),
            items=items,
            outro=Body.of(blocks_html(delimited(issue.outro), level=2), "outro"),
            tags=issue.tags,
            newer=self.issue_link(newer, root) if newer else None,
            older=self.issue_link(older, root) if older else None,
        )

    def several(
        self, name: str, parts: Sequence[tuple[Issue, IssueRecord]], now: datetime
    ) -> tuple[Issue, list[ItemFragments], IssueView]:
        """Return several issues as one, every paper once; its drafts, and the view of that."""
        labels = [self._label(record) for _, record in parts]
        merged, origins = together(name, parts, labels)
        drafts = [draft(item, self.interface) for item in merged.items]
        items = []
        for item, fragments, origin in zip(merged.items, drafts, origins, strict=True):
            view = self.item(item, fragments, origin.record, {})
            if item.paper is None:  # its place is on the page of the issue it comes from
                place = f"{self.absolute(issue_path(origin.record.slug))}#{origin.item.anchor}"
                view = replace(view, url=place)
            items.append(view)
        first, last = (self.moment(record.published).text for _, record in (parts[0], parts[-1]))
        span = self.interface.gettext("%(first)s to %(last)s") % {"first": first, "last": last}
        return (
            merged,
            drafts,
            IssueView(
                number="",
                title=self.words(first if first == last else span),
                url=self.absolute(""),
                href="",
                published=self.moment(now),
                updated=None,
                intro=Markup(),
                sections=_sections(merged.items, items),
                items=tuple(items),
                outro=Body.of(blocks_html(delimited(merged.outro), level=2), "outro"),
                tags=(),
                newer=None,
                older=None,
            ),
        )

    def _label(self, record: IssueRecord) -> Heading:
        number, day = _number(record.slug), self.moment(record.published).text
        label = f"{number} · {day}" if number else day
        return Heading(label, self.newsletter.interface_language)

    def paper(
        self, item: Item, paper: PaperId, view: ItemView, issues: Sequence[IssueRecord]
    ) -> PaperView:
        """Return a paper on its own page; `view` is the item it first appeared as."""
        body = view.body
        if f"<h{view.level + 1}" in body:
            # Here the title is the page's own, so what is below it moves up.
            body = Markup(blocks_html(delimited(item.body), level=2))  # noqa: S704 (escaped there)
        root = up(paper_path(paper))
        return PaperView(
            title=view.title,
            translation=view.translation,
            identity=paper.name,
            registry_url=paper.url,
            metadata=view.metadata,
            body=body,
            links=view.links,
            issues=tuple(self.issue_link(record, root) for record in sorted(issues, key=_order)),
        )


# An issue's link and date stand on each of its papers' pages: the same few again and again.
_FEW = 64


@lru_cache(_FEW)
def _moment(when: datetime, zone: ZoneInfo, interface: NullTranslations) -> Moment:
    local = when.astimezone(zone)
    date = interface.gettext(_DATES[local.month - 1])
    return Moment(iso=local.isoformat(), text=date % {"day": local.day, "year": local.year})


@lru_cache(_FEW)
def _issue_link(
    record: IssueRecord,
    root: str,
    languages: tuple[str, ...],
    zone: ZoneInfo,
    interface: NullTranslations,
) -> IssueLink:
    return IssueLink(
        href=page_link(root, issue_path(record.slug)),
        number=_number(record.slug),
        headline=_worded(record.headline, languages),
        published=_moment(record.published, zone, interface),
        items=record.items,
    )


def _worded(text: str, languages: tuple[str, ...]) -> Words:
    return Words(text=delimited_text(allowed(text)), lang=lang_of(text, languages))


def _number(slug: str) -> str:
    """Return the number in `003_….txt`; the name of another file is no number."""
    return slug if slug.isdigit() else ""


def newest_first(records: Sequence[IssueRecord]) -> list[IssueRecord]:
    """Sort published issues, those of one moment by their slug."""
    return sorted(records, key=_order, reverse=True)


def _order(record: IssueRecord) -> tuple[datetime, str]:
    return record.published, record.slug


def _sections(items: Sequence[Item], views: Sequence[ItemView]) -> tuple[SectionView, ...]:
    together = groupby(zip(items, views, strict=True), key=lambda pair: pair[0].section)
    return tuple(
        SectionView(
            title=words_of(section.full_heading) if section else None,
            intro=Body.of(
                blocks_html(delimited(section.intro), level=3) if section else "", f"s{number}"
            ),
            items=tuple(view for _, view in pairs),
        )
        for number, (section, pairs) in enumerate(together)
    )
