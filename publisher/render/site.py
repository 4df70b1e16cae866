"""Every file of the reading site, and the mail of an issue, as strings and bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher.config import Newsletter
from publisher.i18n import words
from publisher.model import Issue, IssueRecord
from publisher.paper_id import PaperId
from publisher.render.context_builder import Appearances, Views, sort_newest_first
from publisher.render.contexts import (
    ArchiveView,
    HomeView,
    IssueView,
    MailView,
    MissingView,
    PageView,
)
from publisher.render.feed_catalog import Topic
from publisher.render.feed_contexts import FeedsView
from publisher.render.feeds_page import feed_explanations, feed_groups, opml
from publisher.render.fragments import ItemFragments, item_fragments
from publisher.render.html import escaped
from publisher.render.mail.issue_mail import HTML_LIMIT, Composer, Email
from publisher.render.mail.subject import beginning, padding, preheader
from publisher.render.templating.environment import Templates
from publisher.render.urls import archive_path, issue_path, page_link, paper_path, path_to_root

_FEEDS_FOLDER = "feeds/"
_OPML = "feeds/subscriptions.opml"
_NOWHERE_ELSE: Appearances = {}


class Renderer:
    """Fills in the templates for one newsletter."""

    def __init__(
        self,
        newsletter: Newsletter,
        zone: ZoneInfo,
        templates: Templates,
        mail_from: str = "",
        max_html_bytes: int = HTML_LIMIT,
        join_url: str = "",
    ) -> None:
        self._settings = newsletter
        self._interface = words(newsletter.interface_language)
        self._views = Views(newsletter, zone, self._interface, join_url)
        self._templates = templates
        self._mail_from = mail_from
        #: Bytes that a mail's HTML, and its text, may have at most.
        self.max_html_bytes = max_html_bytes
        self._newsletter = self._views.newsletter_view()
        #: Drafts made in advance, by the issue's id(): comparing two issues takes long.
        self._ahead: dict[int, tuple[Issue, list[ItemFragments]]] = {}

    # --- An issue -------------------------------------------------------------------------

    def compile_templates(self) -> None:
        """Compile the templates of an issue's files, which takes 40 ms, before they are needed.

        Mistakes in them are reported only when they are rendered.
        """
        self._templates.compile("page.html", "issue.html", "paper.html", "email.mjml", "email.txt")

    def draft_issue(self, issue: Issue) -> None:
        """Make in advance what does not depend on an issue's date; `issue_files` uses it."""
        drafts = [item_fragments(item, self._interface) for item in issue.items]
        for made in drafts:
            _ = made.wrapped.whole
        self._ahead[id(issue)] = issue, drafts

    def _drafts(self, issue: Issue) -> list[ItemFragments]:
        """Return an issue's drafts; those made in advance are returned once."""
        made = self._ahead.pop(id(issue), None)
        return made[1] if made else [item_fragments(item, self._interface) for item in issue.items]

    def issue_files(
        self,
        issue: Issue,
        record: IssueRecord,
        *,
        newer: IssueRecord | None,
        older: IssueRecord | None,
        appearances: Appearances,
        own: Collection[PaperId],
    ) -> dict[str, bytes]:
        """Return an issue's page, its mail for the web, and the pages of its `own` papers.

        Keys are paths under out/. `appearances` names, for a paper, every issue it is in; a paper
        that is missing there is in this issue only. Raises TemplateError.
        """
        drafts = self._drafts(issue)
        view = self._views.issue(issue, drafts, record, appearances, (newer, older))
        folder = issue_path(record.slug)
        email = self._email(issue, drafts, view, self._mail(issue, None))
        page = self._page(folder, view.title.text, beginning(issue))
        files = {
            f"{folder}index.html": self._render("issue.html", page=page, issue=view),
            f"{folder}email.html": email.html_bytes,
            f"{folder}email.txt": email.text_bytes,
        }
        for item in issue.papers():
            paper = item.paper
            if paper is None or paper not in own:
                continue
            seen = view.items[item.number - 1]
            paper_view = self._views.paper(item, paper, seen, appearances.get(paper, (record,)))
            path = paper_path(paper)
            page = self._page(path, paper_view.title.text, drafts[item.number - 1].description)
            files[f"{path}index.html"] = self._render("paper.html", page=page, paper=paper_view)
        return files

    def email(self, issue: Issue, record: IssueRecord, unsubscribe_url: str | None = None) -> Email:
        """Return an issue's mail; without `unsubscribe_url`, the copy for the web.

        Raises TemplateError.
        """
        drafts = self._drafts(issue)
        view = self._views.issue(issue, drafts, record, _NOWHERE_ELSE)
        return self._email(issue, drafts, view, self._mail(issue, unsubscribe_url))

    def email_of_several(
        self,
        name: str,
        parts: Sequence[tuple[Issue, IssueRecord]],
        now: datetime,
        unsubscribe_url: str,
    ) -> tuple[Issue, Email]:
        """Return several issues merged into one, every paper once, and the mail of that.

        `name` becomes the slug of the merged issue. Raises TemplateError.
        """
        merged, drafts, view = self._views.merged_issue(name, parts, now)
        mail = replace(self._mail(merged, unsubscribe_url), several=True)
        return merged, self._email(merged, drafts, view, mail)

    def _mail(self, issue: Issue, unsubscribe_url: str | None) -> MailView:
        words = preheader(issue)
        return MailView(
            preheader=words,
            # The copy on the web is in no inbox.
            padding=padding(words) if unsubscribe_url else "",
            sender=self._mail_from,
            unsubscribe_url=unsubscribe_url,
            compact=False,
            left_out=0,
        )

    def _email(
        self, issue: Issue, drafts: Sequence[ItemFragments], view: IssueView, mail: MailView
    ) -> Email:
        composer = Composer(
            self._templates, self._newsletter, view, mail, issue, drafts, self.max_html_bytes
        )
        return composer.compose()

    def moved_page(self, record: IssueRecord) -> bytes:
        """Return the page at an issue's former address: it redirects to the present one."""
        return self._moved_page("moved.html", record, issue_path(record.slug))

    def moved_paper_page(self, record: IssueRecord, key: str) -> bytes:
        """Return the page of a paper that is no longer found in its issue: it redirects to that."""
        return self._moved_page("moved_paper.html", record, f"papers/{key}/")

    def _moved_page(self, template: str, record: IssueRecord, folder: str) -> bytes:
        # Without `noindex`: crawlers would leave out the new page, too (gohugoio/hugo#13951).
        link = self._views.issue_link(record, path_to_root(folder))
        page = self._page(issue_path(record.slug), link.headline.text, "")
        return self._render(template, page=replace(page, root=path_to_root(folder)), moved=link)

    # --- The pages around the issues ------------------------------------------------------

    def home_page(
        self,
        newest: tuple[Issue, IssueRecord] | None,
        recent: Sequence[IssueRecord],
        archive_pages: int,
    ) -> bytes:
        """Return index.html: the newest issue with its contents, and links to all others.

        `archive_pages` is the number of archive pages, 0 for none. Raises TemplateError.
        """
        latest = None
        if newest is not None:
            issue, record = newest
            latest = self._views.issue(issue, self._drafts(issue), record, _NOWHERE_ELSE, root="")
            recent = [other for other in recent if other.slug != record.slug]
        view = HomeView(
            newest=latest,
            recent=tuple(
                self._views.issue_link(record, "") for record in sort_newest_first(recent)
            ),
            archive_href=page_link("", archive_path(archive_pages)) if archive_pages else None,
            feeds_href=page_link("", _FEEDS_FOLDER),
        )
        page = self._page("", None, self._settings.description)
        return self._render("home.html", page=page, home=view)

    def archive_page(self, number: int, last: int, records: Sequence[IssueRecord]) -> bytes:
        """Return archive page `number` of `last`, counted from the oldest (1).

        Raises TemplateError.
        """
        folder = archive_path(number)
        root = path_to_root(folder)
        view = ArchiveView(
            number=number,
            newest=number == last,
            issues=tuple(
                self._views.issue_link(record, root) for record in sort_newest_first(records)
            ),
            newer_href=page_link(root, archive_path(number + 1) if number < last else ""),
            older_href=page_link(root, archive_path(number - 1)) if number > 1 else None,
        )
        title = self._interface.gettext("Archive, page %(number)d") % {"number": number}
        page = self._page(folder, title, "")
        return self._render("archive.html", page=page, archive=view)

    def feeds_page(self, topics: Sequence[Topic]) -> bytes:
        """Return feeds/index.html: what a feed is, and all feeds. Raises TemplateError."""
        view = FeedsView(
            explanations=feed_explanations(self._settings),
            groups=tuple(feed_groups(self._settings, topics)),
            opml_url=self._views.absolute(_OPML),
            opml_href=f"{path_to_root(_FEEDS_FOLDER)}{_OPML}",
        )
        page = self._page(_FEEDS_FOLDER, self._interface.gettext("Feeds"), "")
        return self._render("feeds.html", page=page, feeds=view)

    def missing_page(self, archive_pages: int) -> bytes:
        """Return 404.html, with a link to the archive if it has pages. Raises TemplateError."""
        # Servers show it at any address, however deep.
        root = urlsplit(self._settings.base_url).path
        view = MissingView(
            archive_href=page_link(root, archive_path(archive_pages)) if archive_pages else None
        )
        title = self._interface.gettext("There is no such page")
        page = replace(self._page("", title, ""), root=root, url="")
        return self._render("404.html", page=page, missing=view)

    def assets(self) -> dict[str, bytes]:
        """Return the stylesheet and the other files that pages refer to, by path under out/."""
        return self._templates.assets()

    def _page(self, folder: str, title: str | None, description: str) -> PageView:
        name = self._newsletter.title
        return PageView(
            root=path_to_root(folder),
            url=self._views.absolute(folder),
            title=f"{title} · {name}" if title else name,
            description=description,
        )

    def _render(self, template: str, **views: object) -> bytes:
        return self._templates.render(template, newsletter=self._newsletter, **views).encode()

    # --- Files for programs ---------------------------------------------------------------

    def opml(self) -> bytes:
        """Return the list of feeds that readers import."""
        return opml(self._settings)

    def robots(self) -> bytes:
        """Return robots.txt (RFC 9309): everything is allowed; it names the sitemap."""
        sitemap = self._views.absolute("sitemap.xml")
        return f"User-agent: *\nAllow: /\n\nSitemap: {sitemap}\n".encode()

    def sitemap(self, pages: Iterable[tuple[str, datetime | None]]) -> bytes:
        """Return a sitemap of paths under out/ and when each last changed; 50,000 at most."""
        return self._sitemap("urlset", "url", pages)

    def sitemap_index(self, sitemaps: Iterable[tuple[str, datetime | None]]) -> bytes:
        """Return the list of sitemaps, by path and when each last changed."""
        return self._sitemap("sitemapindex", "sitemap", sitemaps)

    def _sitemap(
        self, whole: str, part: str, entries: Iterable[tuple[str, datetime | None]]
    ) -> bytes:
        lines = [
            '<?xml version="1.0" encoding="UTF-8"?>\n',
            f'<{whole} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n',
        ]
        base = escaped(self._settings.base_url)
        for path, changed in entries:
            address = base + escaped(path.removesuffix("index.html"))
            stamp = ""
            if changed is not None:
                stamp = _lastmod(changed)
            lines.append(f"<{part}><loc>{address}</loc>{stamp}</{part}>\n")
        lines.append(f"</{whole}>\n")
        return "".join(lines).encode()


@lru_cache(64)
def _lastmod(changed: datetime) -> str:
    # An issue's papers share its date.
    return f"<lastmod>{changed.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>"
