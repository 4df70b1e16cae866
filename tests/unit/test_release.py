"""What a release has to agree in."""

import re
from pathlib import Path

from publisher import __version__

CHANGELOG = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")


def test_version() -> None:
    """The newest release of the changelog is the version of the package."""
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", CHANGELOG, re.MULTILINE)
    assert __version__ == versions[0]
