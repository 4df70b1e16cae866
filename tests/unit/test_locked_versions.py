"""uv.lock and the requirements*.txt made of it agree with pyproject.toml; uv is not needed."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
BEHIND = "behind pyproject.toml, run `make lock`"
PINNED = re.compile(
    r"(?P<name>[\w.-]+)==(?P<version>[\w.]+)(?: ; .+?)?"
    r"(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)
#: A distribution and its version, with the hashes of its files.
Pins = dict[tuple[str, str], set[str]]


def toml(name: str) -> dict[str, Any]:
    """Return the content of a TOML file of this project."""
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


PROJECT, LOCK = toml("pyproject.toml"), toml("uv.lock")["package"]


def plain(line: str, extra: str = "") -> tuple[str, ...]:
    """Return a requirement in a normal form; `extra` is the extra it belongs to.

    uv sorts the parts of a marker.
    """
    requirement = Requirement(f"{line} ; extra == '{extra}'" if extra else line)
    name = f"{canonicalize_name(requirement.name)}[{','.join(sorted(requirement.extras))}]"
    return f"{name}{requirement.specifier}", *sorted(str(requirement.marker).split())


def recorded(entry: dict[str, Any]) -> tuple[str, ...]:
    """Return a requirement that uv.lock has recorded, in that normal form."""
    marker = f" ; {entry['marker']}" if "marker" in entry else ""
    extras = f"[{','.join(entry['extras'])}]" if "extras" in entry else ""
    return plain(f"{entry['name']}{extras}{entry.get('specifier', '')}{marker}")


def exported(name: str) -> Pins:
    """Return what a requirements file pins. Every line is a comment or a pin with hashes."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    pins: Pins = {}
    for line in re.sub(r"\s*\\\n\s*", " ", text).splitlines():
        pin = PINNED.fullmatch(line)
        assert pin, line
        pins[pin["name"], pin["version"]] = set(re.findall(r"sha256:\w+", pin["hashes"]))
    return pins


def locked() -> Iterator[dict[str, Any]]:
    """Yield the packages in uv.lock but for this one."""
    return (package for package in LOCK if package["name"] != "publisher")


def test_lock_is_of_these_requirements() -> None:
    """What pyproject.toml asks for is what uv.lock was made for."""
    (own,) = (package["metadata"] for package in LOCK if package["name"] == "publisher")
    wanted = {plain(line) for line in PROJECT["project"]["dependencies"]}
    for extra, lines in PROJECT["project"]["optional-dependencies"].items():
        wanted |= {plain(line, extra) for line in lines}
    assert wanted == {recorded(entry) for entry in own["requires-dist"]}, f"uv.lock: {BEHIND}"
    groups = {
        group: {plain(line) for line in lines}
        for group, lines in PROJECT["dependency-groups"].items()
    }
    assert groups == {
        group: {recorded(entry) for entry in entries}
        for group, entries in own["requires-dev"].items()
    }, f"uv.lock: {BEHIND}"


def test_requirements_are_the_lock() -> None:
    """A requirements file has versions and hashes of uv.lock; the one for development has all."""
    pins: Pins = {
        (package["name"], package["version"]): {
            file["hash"] for file in [*package.get("wheels", []), package.get("sdist")] if file
        }
        for package in locked()
    }
    assert pins == exported("requirements-dev.txt"), f"requirements-dev.txt: {BEHIND}"
    for name in ("requirements-build.txt", "requirements.txt"):
        found = exported(name)
        assert {pin: pins.get(pin) for pin in found} == found, f"{name}: {BEHIND}"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("requirements.txt", PROJECT["project"]["dependencies"]),
        ("requirements-build.txt", PROJECT["dependency-groups"]["build"]),
    ],
)
def test_requirements_are_complete(name: str, lines: list[str]) -> None:
    """A requirements file has what is asked for directly, in a version that will do."""
    versions = dict(exported(name))
    for requirement in map(Requirement, lines):
        found = [v for n, v in versions if n == canonicalize_name(requirement.name)]
        assert found, f"{name}: {BEHIND}"
        assert all(version in requirement.specifier for version in found), f"{name}: {BEHIND}"


def test_backend_is_locked() -> None:
    """What builds this package is in the group `build`: nothing is fetched to build it."""
    assert set(PROJECT["build-system"]["requires"]) <= set(PROJECT["dependency-groups"]["build"])


def test_lock_is_of_no_machine() -> None:
    """uv.lock names the public index and no other: no mirror, no path."""
    assert [{"registry": "https://pypi.org/simple"}] * len(list(locked())) == [
        package["source"] for package in locked()
    ]
    text = (ROOT / "uv.lock").read_text(encoding="utf-8")
    assert {"https://pypi.org/", "https://files.pythonhosted.org/"} == set(
        re.findall(r"\w+://[^/\"]*/", text)
    )
