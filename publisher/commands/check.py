"""`check`: read digests, publish nothing, say all there is to say."""

from __future__ import annotations

import errno
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import Path

from publisher.config import Settings
from publisher.digest.filename import SUFFIXES
from publisher.digest.parser import ParsedDigest
from publisher.errors import InputError, PublisherError, SettingsError
from publisher.model import Diagnostic, Issue, Level
from publisher.pipeline import repeats
from publisher.plans.letters import unsubscribe_urls
from publisher.render.lint import check_mail, check_templates
from publisher.render.renderers import Renderers
from publisher.render.templating.environment import Templates
from publisher.sources import scan
from publisher.sources.contents import fault, read_digest, read_file, refusal, shown_path
from publisher.sources.digest_reader import DigestReader
from publisher.sources.scan import FileStamp, ReadResult


def check_files(
    settings: Settings, reader: DigestReader, renderers: Renderers, files: Iterable[Path]
) -> Iterator[Diagnostic]:
    """Yield the diagnostics on these files. Raises InputError for one that cannot be read."""
    for path in files:
        try:
            data, _ = read_file(path, settings.digests.max_bytes)
        except OSError as error:
            if error.errno != errno.EFBIG:
                raise InputError(f"{path}: cannot be read: {error.strerror}") from None
            yield refusal(str(path), error)
            continue
        digest = reader.parse(path.name, data, path=str(path))
        yield from digest.diagnostics
        yield from _mail(settings, renderers, digest.issue, str(path))


def check_newsletter(
    settings: Settings, reader: DigestReader, renderers: Renderers, templates: Templates
) -> Iterator[Diagnostic]:
    """Yield the diagnostics on the templates and on all digests of the newsletter."""
    yield from check_templates(
        templates,
        settings.newsletter,
        settings.schedule.timezone,
        lambda path: _relative(settings, path),
    )
    reads: list[ReadResult] = []
    news = scan.scan_folder(settings.digests.dir)
    yield from _left_alone(settings, {name for name, _, _ in news.new})
    news, remarks = scan.split_misnamed(news, lambda name: shown_path(settings, name))
    yield from remarks
    stamps = sorted(map(FileStamp._make, news.new))
    for stamp in stamps:
        reads.append(scan.read_stamped(stamp, settings, reader))
        yield from reads[-1].diagnostics
        issue = _issue(settings, reader, reads[-1])
        yield from _mail(settings, renderers, issue, shown_path(settings, stamp.name))
    yield from scan.find_clashes(reads, {}, lambda name: shown_path(settings, name)).values()
    copies = repeats.find_edited_copies(reads, repeats.keys_by_name(reads))
    for name, other in (copies | repeats.find_exact_copies(reads, {})).items():
        yield scan.repeat_warning(name, other, lambda name: shown_path(settings, name))


def explain_files(
    settings: Settings, reader: DigestReader, files: Sequence[Path] | None
) -> Iterator[tuple[str, ParsedDigest]]:
    """Yield the name of each of these files, or of all digests, and what became of its lines.

    Raises InputError for a file that cannot be read.
    """
    limit = settings.digests.max_bytes
    for path in files or sorted(
        settings.digests.dir / name for name, _, _ in scan.scan_folder(settings.digests.dir).new
    ):
        file = str(path) if files else shown_path(settings, path.name)
        try:
            data, _ = read_file(path, limit)
        except OSError as error:
            if files and error.errno != errno.EFBIG:
                raise InputError(f"{path}: cannot be read: {error.strerror}") from None
            yield file, ParsedDigest(None, (refusal(file, error),))
            continue
        yield file, reader.explain(path.name, data, file)


def _left_alone(settings: Settings, scanned: Container[str]) -> Iterator[Diagnostic]:
    """Yield what is in the folder and no digest: somebody may wait for it to be published."""
    for path in sorted(settings.digests.dir.iterdir()):
        if path.name not in scanned and not path.name.startswith("."):
            yield Diagnostic(
                file=shown_path(settings, path.name), line=0, column=0, level=Level.info,
                code="left-alone",
                message=f"not published: digests are files named {', '.join(SUFFIXES)}",
            )  # fmt: skip


def _mail(
    settings: Settings, renderers: Renderers, issue: Issue | None, file: str
) -> Iterator[Diagnostic]:
    """Yield what an issue's mail will not show whole."""
    if issue is None or issue.draft:
        return
    try:
        leave = unsubscribe_urls(settings)[0]
    except SettingsError:  # nobody can be mailed yet
        leave = None
    try:
        yield from check_mail(renderers.own, issue, file, leave)
    except PublisherError:
        raise
    except Exception as error:  # noqa: BLE001  (whatever one digest does, others are checked)
        yield fault(file, error)


def _issue(settings: Settings, reader: DigestReader, read: ReadResult) -> Issue | None:
    """Return what was read: it is kept, unless there are very many digests."""
    kept = reader.cached(read.stamp.name, read.sha256.hex())
    if kept is not None:
        return kept.issue
    try:
        folder = str(settings.digests.dir)
        data, _ = read_digest(folder, read.stamp.name, settings.digests.max_bytes)
    except OSError:
        return None
    return reader.parse(read.stamp.name, data).issue


def _relative(settings: Settings, path: Path) -> str:
    return (
        str(path.relative_to(settings.project))
        if path.is_relative_to(settings.project)
        else str(path)
    )
