"""What reading and rendering need, made once in each process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from publisher import i18n
from publisher.config import Settings
from publisher.model import Issue
from publisher.paper_id import PaperId
from publisher.render.templating.loader import TemplateFiles
from publisher.site.http_metadata import Hosting
from publisher.site.output import Output
from publisher.sources.digest_reader import DigestReader
from publisher.sources.digest_store import DigestStore
from publisher.sources.published_issues import PublishedIssues

if TYPE_CHECKING:
    from publisher.render.site import Renderer

#: Issues that are drafted ahead, at 80 KB each.
_DRAFTED = 500
_NO_ALIASES: Mapping[str, PaperId] = MappingProxyType({})


@dataclass(slots=True)
class Workbench:
    """The settings, and the tools made of them."""

    settings: Settings
    #: What pages are made with.
    templates: TemplateFiles
    output: Output
    reader: DigestReader
    store: DigestStore
    issues: PublishedIssues
    #: Issues that were read and neither drafted nor asked for since, by identity.
    upcoming: dict[int, Issue] = field(default_factory=dict)
    #: By interface language, once asked for.
    renderers: dict[str, Renderer] = field(default_factory=dict)
    #: How many issues were expected.
    expected: int = 0

    @classmethod
    def of(cls, settings: Settings, aliases: Mapping[str, PaperId] = _NO_ALIASES) -> Workbench:
        """Set out the tools."""
        store = DigestStore(settings.project, settings.digests.dir, settings.digests.max_bytes)
        reader = DigestReader(
            languages=settings.newsletter.languages,
            zone=settings.schedule.timezone,
            max_lines=settings.digests.max_lines,
            shown=partial(shown, settings),
            aliases=aliases,
        )
        return cls(
            settings=settings,
            templates=TemplateFiles(own_templates(settings)),
            output=Output.whole(settings.output.dir),
            reader=reader,
            store=store,
            issues=PublishedIssues(reader, store),
        )

    def expect(self, issue: Issue) -> None:
        """Note an issue that was just read: its files are likely to be asked for."""
        if self.expected < _DRAFTED:
            self.expected += 1
            self.upcoming[id(issue)] = issue

    def get_ready(self, wanted: Callable[[], bool]) -> None:
        """Do ahead what need not wait for the issues' dates, until one is wanted.

        The first issue or feed that is asked for would take 60 ms longer, each issue 0.6.
        """
        self.renderer.get_ready()
        import publisher.feeds.documents  # noqa: F401, PLC0415  (lxml: only for who will need it)

        while self.upcoming and not wanted():
            issue = self.upcoming.popitem()[1]
            # What fails here fails again when its files are asked for, and is told then.
            with suppress(Exception):
                self.renderer.draft(issue)

    def renderer_in(self, language: str) -> Renderer:
        """Return what makes mails for the readers of a language, its interface in it too.

        The newsletter's own when there are no interface words in it.
        """
        return self._renderer(language) if language in i18n.languages() else self.renderer

    @property
    def renderer(self) -> Renderer:
        """What makes the newsletter's pages, and mails whose interface is in its language."""
        return self._renderer(self.settings.newsletter.interface_language)

    def _renderer(self, language: str) -> Renderer:
        found = self.renderers.get(language)
        if found is None:
            found = self.renderers[language] = _renderer(self.settings, language)
        return found


def own_templates(settings: Settings) -> Path | None:
    """Return the folder of the newsletter's own templates, if it has any."""
    folder = settings.project / "templates"
    return folder if folder.is_dir() else None


def _renderer(settings: Settings, language: str) -> Renderer:
    from publisher.render.site import Renderer  # noqa: PLC0415  (30 ms, as for `parse`)
    from publisher.render.templating.environment import Templates  # noqa: PLC0415

    return Renderer(
        replace(settings.newsletter, interface_language=language),
        settings.schedule.timezone,
        Templates(own_templates(settings), language),
        settings.mail.sender,
        settings.email.max_html_bytes,
        join_url=f"{settings.web.url}subscribe" if settings.web.url else "",
    )


def hosting_of(settings: Settings) -> Hosting:
    """Return where the newsletter is served."""
    return Hosting(settings.newsletter.base_url, settings.newsletter.hub)


def shown(settings: Settings, name: str) -> str:
    """Return a digest's path the way the user would type it."""
    # As text: two Paths take 12 us, and each digest that is read has one.
    return f"{settings.digests.dir}/{name}".removeprefix(f"{settings.project}/")
