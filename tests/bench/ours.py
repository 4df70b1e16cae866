"""The publisher itself: newsletter folders that are built, grow and have nothing to do."""

import platform
import pstats
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from tests.bench import measure
from tests.bench.corpus import Corpus
from tests.bench.measure import Cost

_PUBLISHER = (sys.executable, "-m", "publisher")


def version() -> str | None:
    """Return its version and Python's, or None if it cannot be run; compiles its modules, too."""
    tried = subprocess.run([*_PUBLISHER, "--help"], capture_output=True, check=False)
    if tried.returncode:
        return None
    try:
        number = metadata.version("publisher")
    except metadata.PackageNotFoundError:
        number = "not installed"
    return f"publisher {number}, Python {platform.python_version()}"


class Newsletter:
    """A newsletter folder that grows by a digest at a time."""

    def __init__(self, folder: Path, corpus: Corpus, *, digests: int) -> None:
        """Make the folder and put `digests` digests into it, none of them built yet."""
        self.output = folder / "out"
        self._folder = folder
        self._corpus = corpus
        self._log = folder.with_suffix(".log")
        self._next = 1
        measure.run([*_PUBLISHER, "init", folder], log=self._log)
        self._receive(digests)

    def build(self) -> Cost:
        """Build what is there."""
        return self._publisher("build")

    def build_one_more(self) -> Cost:
        """Receive one more digest, and build."""
        self._receive(1)
        return self.build()

    def calls(self) -> int:
        """Build, and count the calls of functions: the same however fast the processor is."""
        stats = self._folder.with_suffix(".calls")
        profiled = (sys.executable, "-m", "cProfile", "-o", str(stats), *_PUBLISHER[1:])
        measure.run([*profiled, "build", "--project", self._folder], log=self._log)
        return int(vars(pstats.Stats(str(stats)))["total_calls"])

    def calls_of_one_more(self) -> int:
        """Receive one more digest, build, and count as `calls` does."""
        self._receive(1)
        return self.calls()

    def run(self) -> Cost:
        """Do one tick, as cron would."""
        return self._publisher("run")

    def _receive(self, count: int) -> None:
        numbers = range(self._next, self._next + count)
        self._corpus.write(self._folder / "seeds", numbers)
        self._next = numbers.stop

    def _publisher(self, command: str) -> Cost:
        return measure.run([*_PUBLISHER, command, "--project", self._folder], log=self._log)
