"""The measurement of verdicts: a collection of one's own, and what of it was judged wrongly."""

import sys
from pathlib import Path

import pytest

from tests.bench import replies
from tests.support.bounces import sample

TABLE = [
    "truth     hard    soft    ours    none",
    "hard         1       0       0       0",
    "soft         0       1       0       0",
    "ours         0       0       1       1",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of mails whose subfolders are the truth."""
    for truth, name in (
        ("hard", "postfix"), ("soft", "gmail-full"), ("ours", "qq"), ("ours", "vacation")
    ):  # fmt: skip
        (tmp_path / truth).mkdir(exist_ok=True)
        (tmp_path / truth / f"{name}.eml").write_bytes(sample(name))
    return tmp_path


def measured(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[str]]:
    """Measure a collection; return the exit code and what was printed."""
    monkeypatch.setattr(sys, "argv", ["replies", str(path)])
    return replies.main(), capsys.readouterr().out.splitlines()


def test_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mail without a proof is judged as if it had one; what is no bounce is in a column."""
    code, lines = measured(folder, monkeypatch, capsys)
    assert 0 == code
    assert lines == [
        *TABLE, "living readers suppressed: 0 of 3", "dead addresses found: 1 of 1 (100.0%)"
    ]  # fmt: skip


def test_csv(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Replies are judged by code, status and words; a wrong truth shows what was judged wrongly."""
    file = tmp_path / "replies.csv"
    file.write_text(
        "code,enhanced,text,truth\n550,5.1.1,no such user,hard\n550,,relay not permitted,ours\n"
        '452,4.2.2,"full, sorry",soft\n550,,user unknown,soft\n550,,go away,hard\n',
        encoding="utf-8",
    )
    code, lines = measured(file, monkeypatch, capsys)
    assert 1 == code
    assert "living, judged hard: line 5: hard: 550 user unknown" == lines[0]
    assert "dead, not judged hard: line 6: soft: 550 go away" == lines[1]
    assert ["living readers suppressed: 1 of 3", "dead addresses found: 1 of 2 (50.0%)"] == lines[
        -2:
    ]


@pytest.mark.parametrize("text", ["code,enhanced,text,truth\n550,,no,dead\n", "a,b\n1,2\n", ""])
def test_nothing_to_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What is no collection is a wrong command line."""
    file = tmp_path / "replies.csv"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["replies", str(file)])
    with pytest.raises(SystemExit) as raised:
        replies.main()
    assert 2 == raised.value.code
