"""What reading and rendering need, made once in each process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import publisher
from publisher import digest
from publisher.config import Settings
from publisher.digest import Reading
from publisher.render.pages import Renderer
from publisher.render.templates import Templates
from publisher.site.write import Output

#: Digests whose text is kept in a process once parsed; more would cost more memory than time.
_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Workbench:
    """The settings, and the tools made of them."""

    settings: Settings
    templates: Templates
    renderer: Renderer
    output: Output
    #: Readings by the SHA-256 of their digest: a digest is read, rendered and put into feeds.
    kept: dict[bytes, Reading] = field(default_factory=dict)

    @classmethod
    def of(cls, settings: Settings) -> Workbench:
        """Set out the tools."""
        override = settings.project / "templates"
        templates = Templates(override if override.is_dir() else None)
        zone = settings.schedule.timezone
        renderer = Renderer(settings.newsletter, zone, templates, settings.mail.sender)
        return cls(settings, templates, renderer, Output(settings.output.dir))

    def parse(self, name: str, data: bytes, path: str = "") -> Reading:
        """Read a digest's bytes; its diagnostics name `path`, or its place in the folder."""
        place = path or shown(self.settings, name)
        key = hashlib.sha256(place.encode() + b"\0" + data).digest()
        reading = self.kept.get(key)
        if reading is None:
            reading = digest.read(
                data,
                name,
                languages=self.settings.newsletter.languages,
                zone=self.settings.schedule.timezone,
                shown=place,
            )
            if len(self.kept) < _KEPT:
                self.kept[key] = reading
        return reading

    def fingerprint(self) -> str:
        """Tell what pages are made with: when it changes, all are made again."""
        parts = [
            self.templates.fingerprint(),
            repr(self.settings.newsletter),
            self.settings.schedule.timezone.key,
            self.settings.mail.sender,
            _program(),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def shown(settings: Settings, name: str) -> str:
    """Give a digest's path the way the user would type it."""
    path = settings.digests.dir / name
    try:
        return str(path.relative_to(settings.project))
    except ValueError:
        return str(path)


def _program() -> str:
    """Hash the code that makes pages, so that an upgrade is noticed without a version change."""
    root = Path(publisher.__file__).parent
    seen = hashlib.sha256()
    for room in ("digest", "render", "site", "feeds"):
        for path in sorted((root / room).glob("*.py")):
            seen.update(path.read_bytes())
    return seen.hexdigest()
