"""What is made of settings, for the process that asks for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from publisher import i18n, mail_factories
from publisher.config import Settings
from publisher.paper_id import PaperId
from publisher.render.renderers import Renderers
from publisher.render.templating.loader import TemplateFiles, own_templates
from publisher.site.http_metadata import Hosting
from publisher.site.output import Output
from publisher.sources.contents import shown_path
from publisher.sources.digest_reader import DigestReader
from publisher.sources.digest_store import DigestStore
from publisher.sources.published_issues import PublishedIssues
from publisher.storage import paper_aliases as alias_rows

if TYPE_CHECKING:
    from publisher.commands.preview import Previewer
    from publisher.mail.inbound import Access
    from publisher.pipeline.build_worker import BuildWorker
    from publisher.pipeline.tick import Builder
    from publisher.plans.confirmation_requests import Confirmations
    from publisher.plans.progress import Progress
    from publisher.plans.run import Delivery, Lock
    from publisher.plans.send import PlanSender
    from publisher.render.site import Renderer
    from publisher.render.subscription_pages import SubscriptionPages
    from publisher.render.templating.environment import Templates
    from publisher.storage.database import Database
    from publisher.subscribers.tokens import Keys

_NO_ALIASES: Mapping[str, PaperId] = MappingProxyType({})


def digest_reader(settings: Settings, aliases: Mapping[str, PaperId] = _NO_ALIASES) -> DigestReader:
    """Return what reads digests; `aliases` are identities of papers in place of others."""
    return DigestReader(
        languages=settings.newsletter.languages,
        zone=settings.schedule.timezone,
        max_lines=settings.digests.max_lines,
        shown=partial(shown_path, settings),
        aliases=aliases,
    )


def digest_store(settings: Settings) -> DigestStore:
    """Return the copies of published digests."""
    return DigestStore(settings.project, settings.digests.dir, settings.digests.max_bytes)


def published_issues(
    settings: Settings, aliases: Mapping[str, PaperId] = _NO_ALIASES
) -> PublishedIssues:
    """Return what reads published issues, with `aliases` as above."""
    return PublishedIssues(digest_reader(settings, aliases), digest_store(settings))


def renderers(settings: Settings) -> Renderers:
    """Return what makes pages and mails, with the templates as they are now."""
    return Renderers(
        settings.newsletter.interface_language,
        TemplateFiles(own_templates(settings.project)),
        partial(_renderer, settings),
    )


def _renderer(settings: Settings, language: str) -> Renderer:
    from publisher.render.site import Renderer  # noqa: PLC0415  (30 ms for what is to be rendered)

    return Renderer(
        replace(settings.newsletter, interface_language=language),
        settings.schedule.timezone,
        templates(settings, language),
        settings.mail.sender,
        settings.email.max_html_bytes,
        join_url=f"{settings.web.url}subscribe" if settings.web.url else "",
    )


def templates(settings: Settings, language: str) -> Templates:
    """Return the templates, with words in an interface language."""
    from publisher.render.templating.environment import Templates  # noqa: PLC0415  (as above)

    return Templates(own_templates(settings.project), language)


def hosting(settings: Settings) -> Hosting:
    """Return where the newsletter is served."""
    return Hosting(settings.newsletter.base_url, settings.newsletter.hub)


def builder(settings: Settings, database: Database) -> Builder:
    """Return what publishes digests."""
    from publisher.pipeline.tick import Builder  # noqa: PLC0415  (15 ms for who builds)

    return Builder(
        settings=settings,
        database=database,
        reader=digest_reader(settings),
        store=digest_store(settings),
        renderers=renderers(settings),
        output=Output.staged(settings.output.dir),
        make_worker=partial(build_worker, settings),
    )


def build_worker(settings: Settings, aliases: Mapping[str, PaperId]) -> BuildWorker:
    """Return what does one process's part of a build, with `aliases` as above."""
    from publisher.pipeline.build_worker import BuildWorker  # noqa: PLC0415  (as above)

    return BuildWorker(
        settings,
        digest_reader(settings, aliases),
        digest_store(settings),
        renderers(settings),
        Output.staged(settings.output.dir),
    )


def delivery(
    settings: Settings,
    database: Database,
    *,
    lock: Lock,
    clock: Callable[[], datetime],
    chance: random.Random,
    stopping: Callable[[], bool],
    tell: Callable[[Progress], None],
) -> Delivery:
    """Return what delivers plans; `chance` is for the jitter of retries."""
    from publisher.plans.run import Delivery  # noqa: PLC0415  (as above)

    def make_sender() -> PlanSender:
        from publisher.plans.send import PlanSender  # noqa: PLC0415  (90 ms, only to send)

        return PlanSender(
            settings,
            database,
            make_process=partial(mail_factories.send_process, settings, database, clock),
            clock=clock,
            chance=chance,
            stopping=stopping,
            tell=tell,
        )

    return Delivery(
        settings,
        database,
        make_sender=make_sender,
        lock=lock,
        clock=clock,
        chance=chance,
        stopping=stopping,
    )


def subscription_pages(settings: Settings) -> dict[str, SubscriptionPages]:
    """Return the pages in each interface language, the newsletter's own first."""
    from publisher.plans.letters import public_url  # noqa: PLC0415  (only to mail)
    from publisher.render.subscription_pages import SubscriptionPages  # noqa: PLC0415  (25 ms)

    own = settings.newsletter.interface_language
    languages = sorted(i18n.languages(), key=lambda name: name != own)
    return {
        language: SubscriptionPages(
            replace(settings.newsletter, interface_language=language),
            settings.schedule.timezone,
            templates(settings, language),
            public_url(settings),
            settings.mail.sender,
        )
        for language in languages
    }


def confirmations(
    settings: Settings,
    database: Database,
    keys: Keys,
    pages: Mapping[str, SubscriptionPages],
    clock: Callable[[], datetime],
) -> Confirmations:
    """Return what writes to all who asked to join."""
    from publisher.plans.confirmation_requests import Confirmations  # noqa: PLC0415  (as above)

    open_relay = partial(mail_factories.first_relay, settings, database)
    return Confirmations(settings, database, keys, pages, open_relay, clock)


def previewer(settings: Settings, database: Database) -> Previewer:
    """Return what makes an issue's mail before anyone gets it."""
    from publisher.commands.preview import Previewer  # noqa: PLC0415  (35 ms)

    return Previewer(
        settings,
        database,
        digest_reader(settings, paper_aliases(database)),
        renderers(settings),
        mail_factories.token_keys(settings, database),
        mail_factories.signer(settings),
    )


def paper_aliases(database: Database) -> dict[str, PaperId]:
    """Return the identities that papers were published under, by their other ones."""
    with database.read() as connection:
        return alias_rows.aliases(connection)


def access(settings: Settings) -> Access:
    """Return how the mailbox that bounces come to is opened."""
    from publisher.mail.inbound import Access  # noqa: PLC0415  (to read bounces)

    mail = settings.mail
    return Access(
        tls=mail.tls,
        ca_file=settings.project / mail.ca_file if mail.ca_file else None,
        token_command=mail.token_command,
        folder=settings.project,
    )
