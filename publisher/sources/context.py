"""What reading and rendering need, made once in each process."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import publisher
from publisher import i18n, permissions
from publisher.config import Settings
from publisher.errors import OutputError
from publisher.model import Issue, IssueRecord
from publisher.paper_id import PaperId
from publisher.render.templating.loader import TemplateFiles
from publisher.site.http_metadata import Hosting
from publisher.site.output import Output
from publisher.sources import time_limit
from publisher.sources.contents import content, fault

if TYPE_CHECKING:
    from publisher.digest.parser import ParsedDigest
    from publisher.render.site import Renderer

#: Where copies of digests are kept, below the newsletter's folder.
_COPIES = ".publisher/digests"
#: Digests whose text is kept in a process once parsed; more would cost more memory than time.
_KEPT = 1_000
#: Of these the ones that are drafted ahead, at 80 KB each.
_DRAFTED = 500
#: What reads digests and sums them up, and what makes pages of that, in this package.
_READER = (
    "text_width.py", "model.py", "paper_id.py", "maths.py", "digest/**/*.py", "sources/scan.py",
)  # fmt: skip
_MAKERS = ("i18n.py", "render/**/*.py", "site/*.py", "feeds/*.py", "locale/*/*/*.mo")
_NO_ALIASES: Mapping[str, PaperId] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Workbench:
    """The settings, and the tools made of them."""

    settings: Settings
    #: What pages are made with.
    templates: TemplateFiles
    output: Output
    #: Where copies of digests are kept.
    copies: str
    #: Readings by name and SHA-256: a digest is read, rendered and put into feeds.
    kept: dict[tuple[str, str], ParsedDigest] = field(default_factory=dict)
    #: Issues that were read and neither drafted nor asked for since, by identity.
    upcoming: dict[int, Issue] = field(default_factory=dict)
    #: By interface language, once asked for.
    renderers: dict[str, Renderer] = field(default_factory=dict)
    #: The identities that papers were published under, by the keys of their other ones.
    aliases: dict[str, PaperId] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings, aliases: Mapping[str, PaperId] = _NO_ALIASES) -> Workbench:
        """Set out the tools."""
        templates = TemplateFiles(own_templates(settings))
        copies = str(settings.project / _COPIES)
        output = Output.whole(settings.output.dir)
        return cls(settings, templates, output, copies, aliases=dict(aliases))

    def expect(self, issue: Issue) -> None:
        """Note an issue that was just read: its files are likely to be asked for."""
        if len(self.kept) <= _DRAFTED:
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

    def parse(self, name: str, data: bytes, path: str = "", sha256: str = "") -> ParsedDigest:
        """Read a digest's bytes; its diagnostics name `path`, or its place in the folder."""
        key = (path or name, sha256 or hashlib.sha256(data).hexdigest())
        reading = self.kept.get(key)
        if reading is None:
            reading = self._as_recorded(self._read(name, data, path or shown(self.settings, name)))
            if len(self.kept) < _KEPT:
                self.kept[key] = reading
        return reading

    def explained(self, name: str, data: bytes, path: str = "") -> ParsedDigest:
        """Read a digest's bytes, and say what became of each line."""
        return self._read(name, data, path or shown(self.settings, name), explain=True)

    def _read(self, name: str, data: bytes, file: str, *, explain: bool = False) -> ParsedDigest:
        # 20 ms that a build need not wait for which finds all as it was.
        from publisher.digest.parser import ParsedDigest, read  # noqa: PLC0415

        try:
            with time_limit.cpu_time(time_limit.LONGEST):
                return read(
                    data,
                    name,
                    languages=self.settings.newsletter.languages,
                    zone=self.settings.schedule.timezone,
                    shown=file,
                    most_lines=self.settings.digests.max_lines,
                    explain=explain,
                )
        except Exception as error:  # noqa: BLE001  (whatever one digest does, others are published)
            return ParsedDigest(None, (fault(file, error),))

    def _as_recorded(self, reading: ParsedDigest) -> ParsedDigest:
        """Return a reading with the identities that its papers were published with."""
        issue = reading.issue
        if issue is None or not self.aliases:
            return reading
        items = tuple(
            replace(item, paper=self.aliases.get(item.paper.key, item.paper))
            if item.paper
            else item
            for item in issue.items
        )
        return replace(reading, issue=replace(issue, items=items))

    def keep(self, data: bytes, sha256: str) -> None:
        """Keep a copy of a digest for `published`. Raises OutputError."""
        # Paths as text, here and below: making a Path costs more than the call it is for.
        copy = f"{self.copies}/{sha256}"
        temporary = f"{self.copies}/.{sha256}-{os.getpid()}"
        try:
            if os.path.exists(copy):  # noqa: PTH110
                return
            permissions.make_folder(self.copies)
            descriptor = permissions.open_file(temporary, os.O_WRONLY | os.O_TRUNC)
            with open(descriptor, "wb") as target:  # noqa: PTH123
                target.write(data)
            os.rename(temporary, copy)  # noqa: PTH104
        except OSError as error:
            with suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise OutputError(
                f"{copy}: cannot be written: {error.strerror}; put that right and run again, "
                "nothing was lost"
            ) from error

    def has(self, sha256: str) -> bool:
        """Return whether there is a copy of a digest."""
        return os.path.exists(f"{self.copies}/{sha256}")  # noqa: PTH110

    def forget(self, sha256: str) -> None:
        """Let go of a copy that a newer one has replaced."""
        with suppress(OSError):
            os.unlink(f"{self.copies}/{sha256}")  # noqa: PTH108

    def published(self, record: IssueRecord) -> Issue | None:
        """Return an issue as it was published, whatever has become of its digest since.

        A digest may be half-way through being written over, or have gone bad: what readers
        have seen stays, on pages, in feeds and in mails, until there is a good one again.
        None when neither a copy nor the digest itself is there, or can be read.
        """
        reading = self.reading(record)
        return reading.issue if reading else None

    def reading(self, record: IssueRecord) -> ParsedDigest | None:
        """Return what comes of the digest that was published; None when its bytes are gone."""
        reading = self.kept.get((record.source, record.digest))
        if reading:
            return reading
        data = self.bytes_of(record)
        return None if data is None else self.parse(record.source, data, sha256=record.digest)

    def bytes_of(self, record: IssueRecord) -> bytes | None:
        """Return the bytes that were published, if the digest or its copy still has them."""
        places = [
            (self.copies, record.digest),
            (str(self.settings.digests.dir), record.source),
        ]
        for folder, name in places:
            try:
                data, _ = content(folder, name, self.settings.digests.max_bytes)
            except OSError:
                continue
            if hashlib.sha256(data).hexdigest() == record.digest:
                return data
        return None

    def read_with(self) -> str:
        """Return what digests are read with: when it changes, all are read again."""
        its = self.settings
        parts = [
            repr(its.newsletter.languages),
            its.schedule.timezone.key,
            str(its.digests.max_bytes),
            str(its.digests.max_lines),
            _reader(),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def archives_made_with(self) -> str:
        """Return what closed archives are made with besides digests: all that their bytes show."""
        newsletter = replace(self.settings.newsletter, hub="")
        parts = [repr(newsletter), self.settings.schedule.timezone.key, _program()]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def fingerprint(self) -> str:
        """Return what pages are made with: when it changes, all are made again."""
        parts = [
            self.templates.fingerprint(),
            repr(self.settings.newsletter),
            self.settings.schedule.timezone.key,
            self.settings.mail.sender,
            repr(self.settings.email),
            self.settings.web.url,
            _program(),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


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


@cache
def _program() -> str:
    """Hash what makes pages, so that an upgrade is noticed without a version change."""
    return _hashed(*_READER, *_MAKERS)


@cache
def _reader() -> str:
    """Hash what reads digests, which is a part of that."""
    return _hashed(*_READER)


def _hashed(*parts: str) -> str:
    root = Path(publisher.__file__).parent
    seen = hashlib.sha256()
    for part in parts:
        for path in sorted(root.glob(part)):
            seen.update(path.read_bytes())
    return seen.hexdigest()
