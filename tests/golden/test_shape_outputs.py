"""Whatever a published digest shows stands in each output, or in lines that a remark names."""

import json
from datetime import UTC
from pathlib import Path

import pytest

from publisher.digest.parser import read
from publisher.model import Level
from tests.golden.shape_cases import LANGUAGES
from tests.support.lost_words import losses
from tests.support.outputs import outputs, unshown

SAMPLES = sorted(
    path
    for path in Path(__file__).parent.glob("shapes*/*/*")
    if path.is_file() and path.name != "expect.json"
)


def may_be_gone(sample: Path) -> list[str]:
    """Return what the sample's own expectation lets go: a list of contents."""
    told = json.loads((sample.parent / "expect.json").read_text())
    return [str(words) for words in told.get("dropped", ())]


@pytest.mark.parametrize("output", ["page", "mail", "feed"])
@pytest.mark.parametrize(
    "sample", SAMPLES, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}"
)
def test_no_word_is_lost_on_its_way(sample: Path, output: str) -> None:
    """Each visible word of a file is in the output, or a remark names its line."""
    data = sample.read_bytes()
    found = read(data, sample.name, languages=LANGUAGES, zone=UTC)
    if found.issue is None:
        assert any(each.level is Level.error for each in found.diagnostics)
        return
    there = outputs(found.issue)[output]
    dropped = [*unshown(found.issue), *may_be_gone(sample)]
    assert [] == list(losses(data.decode(), there, found.diagnostics, dropped=dropped))
