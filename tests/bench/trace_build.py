"""Which modules of the package work on one digest in `publisher build`.

Run with `python -m tests.bench.trace_build`; `--list` names them, each with the number of calls.
A module counts when one of its functions is called: to import it is not enough. The build has one
digest, hence one process. Last come the classes whose objects are handed to functions of the most
modules besides their own: what carries others through layers stands out there.
"""

# ruff: noqa: T201  # printing is what this is for

import argparse
import contextlib
import io
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from types import FrameType

import publisher
from publisher.cli import make_app

_SEEDS = Path(__file__).parents[2] / "seeds"
#: Classes that are named.
_SHOWN = 12
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
        calls, handed = visited(Path(folder), min(_SEEDS.iterdir()))
    if options.list:
        for module, count in sorted(calls.items()):
            print(f"{count:>9,}  {module}")
    rooms = {module.partition("/")[0] for module in calls}
    print(f"{len(calls)} modules in {len(rooms)} places visited, {calls.total():,} calls")
    most = sorted(handed.items(), key=lambda its: -len(its[1]))[:_SHOWN]
    print("; ".join(f"{name}: {len(modules)} modules" for name, modules in most))
    return 0


def visited(project: Path, digest: Path) -> tuple[Counter[str], dict[str, set[str]]]:
    """Build a newsletter of one digest.

    Return how often functions of each module are called, and the modules that have functions to
    which objects of a class are handed.
    """
    (project / "publisher.toml").write_text(_SETTINGS, encoding="utf-8")
    (project / "seeds").mkdir()
    shutil.copy(digest, project / "seeds")
    codes: Counter[tuple[str, str]] = Counter()
    handed: dict[str, set[str]] = defaultdict(set)

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            codes[frame.f_code.co_filename, frame.f_code.co_name] += 1
            if frame.f_code.co_filename.startswith(str(_PACKAGE)):
                count = frame.f_code.co_argcount + frame.f_code.co_kwonlyargcount
                for name in frame.f_code.co_varnames[:count]:
                    kind = type(frame.f_locals.get(name))
                    own = kind.__module__ == frame.f_globals["__name__"]
                    if kind.__module__.startswith("publisher.") and not own:
                        handed[kind.__qualname__].add(frame.f_code.co_filename)

    words = ["build", "--project", str(project)]
    sys.setprofile(note)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            make_app(words)(words, standalone_mode=False)
    finally:
        sys.setprofile(None)
    calls: Counter[str] = Counter()
    for (file, function), count in codes.items():
        path = Path(file)
        if path.is_relative_to(_PACKAGE) and function != "<module>":
            calls[path.relative_to(_PACKAGE).as_posix()] += count
    return calls, handed


if __name__ == "__main__":
    sys.exit(main())
