"""What a worker does before it is asked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher import factories
from publisher.config import load
from publisher.pipeline.build_worker import BuildWorker
from publisher.site.output import Output
from publisher.sources.scan import FileStamp


def test_what_need_not_wait_is_done_until_there_is_a_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issues just read are drafted until something is wanted."""
    (tmp_path / "publisher.toml").write_text("")
    settings = load(tmp_path, {})
    renderers = factories.renderers(settings)
    worker = BuildWorker(
        settings, factories.digest_reader(settings), factories.digest_store(settings), renderers,
        Output.staged(tmp_path / "out"),
    )  # fmt: skip
    settings.digests.dir.mkdir()
    for number in range(4):
        name = f"{number:03}_aa.txt"
        (settings.digests.dir / name).write_bytes(b"# A paper\n\nIts abstract.\n")
        worker.read(FileStamp(name, 0, 0))
    drafted: list[str] = []
    monkeypatch.setattr(renderers.own, "draft_issue", lambda issue: drafted.append(issue.slug))
    worker.get_ready(wanted=lambda: len(drafted) == 3)
    assert ["003", "002", "001"] == drafted
    worker.get_ready(wanted=lambda: False)
    assert ["003", "002", "001", "000"] == drafted
