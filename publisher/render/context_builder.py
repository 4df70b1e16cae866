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
from publisher.render.feeds_page import linked_feeds
from publisher.render.fragments import ItemFragments, item_fragments, words_of
from publisher.render.html import blocks_html, is_followable, without_forbidden
from publisher.render.mail.size_budget import Body
from publisher.render.mail.variants import merge_issues
from publisher.render.titles import headline, lang_of
from publisher.render.url_delimiters import delimit_blocks, delimit_text
from publisher.render.urls import issue_path, page_link, paper_path, path_to_root

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
        feeds = tuple(linked_feeds(newsletter))
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
        """Return a date in the newsletter's time zone and interface language."""
        return _moment(when, self.zone, self.interface)

    def words(self, text: str) -> Words:
        """Return text with the language that its script suggests."""
        return _worded(text, self.newsletter.shown_languages)

    def issue_link(self, record: IssueRecord, root: str) -> IssueLink:
        """Return a link to a published issue; `root` is the relative path to the home page."""
        return _issue_link(record, root, self.newsletter.shown_languages, self.zone, self.interface)

    def item(
        self, item: Item, fragments: ItemFragments, record: IssueRecord, appearances: Appearances
    ) -> ItemView:
        """Return an item as its issue's page shows it."""
        folder = issue_path(record.slug)
        earlier: tuple[IssueLink, ...] = ()
        if item.paper is None:
            href = item.url if item.url and is_followable(item.url) else None
            url = f"{self.absolute(folder)}#{item.anchor}"
        else:
            path = paper_path(item.paper)
            href = page_link(path_to_root(folder), path)
            url = self.absolute(path)
            others = appearances.get(item.paper, ())
            if len(others) > 1:
                before = [other for other in others if _order(other) < _order(record)]
                earlier = tuple(
                    self.issue_link(other, path_to_root(folder))
                    for other in sorted(before, key=_order)
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
        """Return an issue with links as they are on its own page; `drafts` has one draft an item.

        `neighbours` are the next and the previous issue; `root` is the relative path to the home
        page from the page that shows the issue.
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
            intro=Body.of(blocks_html(delimit_blocks(issue.intro), level=2), "intro"),
            sections=_sections(issue.items, items),
            items=items,
            outro=Body.of(blocks_html(delimit_blocks(issue.outro), level=2), "outro"),
            tags=issue.tags,
            newer=self.issue_link(newer, root) if newer else None,
            older=self.issue_link(older, root) if older else None,
        )

    def merged_issue(
        self, name: str, parts: Sequence[tuple[Issue, IssueRecord]], now: datetime
    ) -> tuple[Issue, list[ItemFragments], IssueView]:
        """Return several issues merged into one, every paper once, its drafts, and its view."""
        labels = [self._label(record) for _, record in parts]
        merged, origins = merge_issues(name, parts, labels)
        drafts = [item_fragments(item, self.interface) for item in merged.items]
        items = []
        for item, fragments, origin in zip(merged.items, drafts, origins, strict=True):
            view = self.item(item, fragments, origin.record, {})
            if item.paper is None:  # it has a place on the page of its own issue
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
                outro=Body.of(blocks_html(delimit_blocks(merged.outro), level=2), "outro"),
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
        """Return a paper for its own page; `view` is the item in the oldest issue that has it."""
        body = view.body
        if f"<h{view.level + 1}" in body:
            # Here the title is the page's <h1>, so headings below it are one level higher.
            body = Markup(blocks_html(delimit_blocks(item.body), level=2))  # noqa: S704 (escaped there)
        root = path_to_root(paper_path(paper))
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


# All pages of an issue's papers show the same link and date.
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
    return Words(text=delimit_text(without_forbidden(text)), lang=lang_of(text, languages))


def _number(slug: str) -> str:
    """Return the number of an issue whose slug is a number, as for `003_….txt`; else nothing."""
    return slug if slug.isdigit() else ""


def sort_newest_first(records: Sequence[IssueRecord]) -> list[IssueRecord]:
    """Return issues in descending order of publication, then of their slugs."""
    return sorted(records, key=_order, reverse=True)


def _order(record: IssueRecord) -> tuple[datetime, str]:
    return record.published, record.slug


def _sections(items: Sequence[Item], views: Sequence[ItemView]) -> tuple[SectionView, ...]:
    together = groupby(zip(items, views, strict=True), key=lambda pair: pair[0].section)
    return tuple(
        SectionView(
            title=words_of(section.full_heading) if section else None,
            intro=Body.of(
                blocks_html(delimit_blocks(section.intro), level=3) if section else "", f"s{number}"
            ),
            items=tuple(view for _, view in pairs),
        )
        for number, (section, pairs) in enumerate(together)
    )
