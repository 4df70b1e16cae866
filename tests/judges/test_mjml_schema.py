"""MJML's tables beside the program are those of npm's mjml."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from publisher.render.mjml import schema
from tests.judges.specimens import HERE, MODULES

pytestmark = pytest.mark.skipif(
    not os.environ.get("CI") and not (MODULES.is_dir() and shutil.which("node")),
    reason="needs node, and `make judges`",
)


def test_schema_is_what_npm_says() -> None:
    """schema.json is what the script makes of the version that package-lock.json names."""
    node = shutil.which("node") or "node"
    ran = subprocess.run([node, HERE / "mjml_schema.mjs"], capture_output=True, check=True)
    kept = Path(schema.__file__).with_name("schema.json")
    assert json.loads(ran.stdout) == json.loads(kept.read_bytes())
