"""Which modules of the package work on one digest in `publisher build`.

Run with `python -m tests.bench.trace_build`; `--list` names them, each with the number of calls.
A module counts when one of its functions is called: to import it is not enough. The build has one
digest, hence one process.
"""

# ruff: noqa: T201  # printing is what this is for

import argparse
import contextlib
import io
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from types import FrameType

import publisher
from publisher.cli import command_line

_SEEDS = Path(__file__).parents[2] / "seeds"
_PACKAGE = Path(publisher.__file__).parent
_SETTINGS = """
[newsletter]
title = "Papers"
base_url = "https://news.example.org/"
"""


def main() -> int:
    """Build, and print how many modules were visited."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--list", action="store_true", help="name the modules")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        calls = visited(Path(folder), min(_SEEDS.iterdir()))
    if options.list:
        for module, count in sorted(calls.items()):
            print(f"{count:>9,}  {module}")
    rooms = {module.partition("/")[0] for module in calls}
    print(f"{len(calls)} modules in {len(rooms)} places visited, {calls.total():,} calls")
    return 0


def visited(project: Path, digest: Path) -> Counter[str]:
    """Return how often functions of each module are called to build a newsletter of one digest."""
    (project / "publisher.toml").write_text(_SETTINGS, encoding="utf-8")
    (project / "seeds").mkdir()
    shutil.copy(digest, project / "seeds")
    codes: Counter[tuple[str, str]] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            codes[frame.f_code.co_filename, frame.f_code.co_name] += 1

    words = ["build", "--project", str(project)]
    sys.setprofile(note)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            command_line(words)(words, standalone_mode=False)
    finally:
        sys.setprofile(None)
    calls: Counter[str] = Counter()
    for (file, function), count in codes.items():
        path = Path(file)
        if path.is_relative_to(_PACKAGE) and function != "<module>":
            calls[path.relative_to(_PACKAGE).as_posix()] += count
    return calls


if __name__ == "__main__":
    sys.exit(main())
