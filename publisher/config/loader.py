"""Reading publisher.toml and the environment, with an error of one line for each mistake."""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from publisher.config.settings import PREFIX, SECTIONS, Key, Settings, keys
from publisher.config.validators import InsideError
from publisher.errors import SettingsError

FILE_NAME = "publisher.toml"
#: Settings of `[mail]` that belong to `mail.relay`.
_OF_ONE_RELAY = ("relay", "rate", "connections", "tls_name")
#: A part of a table's dotted name.
_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|[\w-]+")


def load(project: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings of the newsletter in `project`; variables override publisher.toml.

    Raises SettingsError, naming file, line and key, for a file that is not TOML, an unknown
    section or key (with the nearest right one) and a value that cannot be used.
    """
    path = project / FILE_NAME
    source, table = _parse(path)
    values = _values_of_file(path, source, table)
    for key in keys():
        value = _value_of_environment(key, environ)
        if value is not None:
            values[key.section][key.attribute] = _convert(key, value)
    _check_relays(values["mail"])

    built = {section: kind(**values[section]) for section, kind in SECTIONS.items()}
    root = project.resolve()
    for section in ("digests", "output"):
        built[section] = dataclasses.replace(built[section], dir=root / built[section].dir)
    _check_output(root, built["digests"].dir, built["output"].dir)
    if built["log"].file:
        built["log"] = dataclasses.replace(built["log"], file=root / built["log"].file)
        _check_log(built["log"].file, built["output"].dir)
    return Settings(project=root, **built)


def secret_files(environ: Mapping[str, str]) -> dict[str, Path]:
    """Return the files that secrets are read from, by the variables that name them."""
    variables = {f"{key.variable}_FILE": key.variable for key in keys() if key.secret}
    return {
        name: Path(environ[name])
        for name, plain in variables.items()
        if name in environ and plain not in environ
    }


def unknown_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that look like settings and are none, each with the nearest one.

    The nearest is empty where none is similar.
    """
    known = [name for key in keys() for name in key.variables]
    unknown = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    return {
        name: next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.8)), "")
        for name in unknown
    }


def _parse(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        source = path.read_text(encoding="utf-8-sig")
        return source, tomllib.loads(source)
    except FileNotFoundError:
        raise SettingsError(
            f"{path}: no such file; `publisher init DIR` makes a newsletter, "
            "--project DIR names another folder"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read as UTF-8 text: {error}") from None
    except ValueError as error:  # TOMLDecodeError, or a number that Python does not read
        raise SettingsError(_toml_error(path, str(error))) from None
    except RecursionError:
        raise SettingsError(f"{path}: not TOML: values stand in each other too deeply") from None


def _values_of_file(path: Path, source: str, table: dict[str, Any]) -> dict[str, dict[str, Any]]:
    known = {(key.section, key.name): key for key in keys()}
    values: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    for section, body in table.items():
        if section not in SECTIONS:
            raise SettingsError(_unknown_error(path, source, None, section, list(SECTIONS)))
        if not isinstance(body, dict):
            raise SettingsError(
                f"{_location(path, source, None, section)}: [{section}] is a section"
            )
        for name, value in body.items():
            key = known.get((section, name))
            if key is None:
                names = [known_name for part, known_name in known if part == section]
                raise SettingsError(_unknown_error(path, source, section, name, names))
            try:
                values[section][key.attribute] = key.convert(value)
            except InsideError as error:
                where = _location(path, source, section, name, error.steps)
                raise SettingsError(f"{where}: {section}.{name}{error}") from None
            except ValueError as error:
                where = _location(path, source, section, name)
                raise SettingsError(f"{where}: {section}.{name} {error}") from None
    return values


def _convert(key: Key, value: str) -> object:
    try:
        return key.convert(value)
    except InsideError as error:
        raise SettingsError(f"{key.variable}{error}") from None
    except ValueError as error:
        raise SettingsError(f"{key.variable} {error}") from None


def _check_relays(mail: dict[str, Any]) -> None:
    others = [f"mail.{name}" for name in _OF_ONE_RELAY if name in mail]
    if mail.get("relays") and others:
        raise SettingsError(
            f"mail.relays and {others[0]} are both set: a relay of mail.relays has its own url, "
            "rate, connections and tls_name; keep one or the other"
        )


def _check_output(project: Path, digests: Path, output: Path) -> None:
    try:
        output.exists()
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise SettingsError(f"output.dir: {output}: cannot be used: {error.strerror}") from None
    root = output.resolve()
    if any(folder.is_relative_to(root) for folder in (project, digests.resolve())):
        raise SettingsError(
            f"output.dir: {root}: must not contain the settings or the digests: everything in it "
            "is published; name a folder of its own"
        )


def _check_log(log: Path, output: Path) -> None:
    if log.resolve().is_relative_to(output.resolve()):
        raise SettingsError(
            f"log.file: {log}: must not be in output.dir: everything in it is published; name a "
            "file in another folder"
        )


def _value_of_environment(key: Key, environ: Mapping[str, str]) -> str | None:
    if key.variable in environ:
        return environ[key.variable]
    file = environ.get(f"{key.variable}_FILE") if key.secret else None
    if file is None:
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        # Not the name: some put the secret itself there.
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"{key.variable}_FILE: cannot read the file it names: {why}") from None


def _toml_error(path: Path, message: str) -> str:
    match = re.search(r"(.*) \(at line (\d+), column (\d+)\)", message)
    if not match:
        return f"{path}: not TOML: {message}"
    return f"{path}:{match[2]}:{match[3]}: not TOML: {match[1]}"


def _location(
    path: Path, source: str, section: str | None, name: str, steps: tuple[int | str, ...] = ()
) -> str:
    """Return file and line of a key, or of a section when `section` is None, for an error message.

    `steps` lead further into a value of several tables; then the nearest line to that is returned.
    """
    outer = [section] if section else []
    header: list[str] = []
    tables = nearest = 0
    for number, line in enumerate(source.splitlines(), 1):
        if re.match(r"\s*\[", line):
            header = [word.strip("\"'") for word in _WORD.findall(line.partition("]")[0])]
            tables += header[:2] == [*outer, name]
            if header[: len(outer) + 1] == [*outer, name]:
                matches = bool(steps) and steps[0] in (tables, *header[2:3])
                nearest = number if matches or not nearest else nearest
        elif key := re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line):
            inside = bool(steps) and header[:2] == [section, name]
            matches = inside and steps[0] in (tables, *header[2:3])
            if (header == outer and key[1] == name) or (matches and key[1] in steps[1:]):
                return f"{path}:{number}:1"
    return f"{path}:{nearest}:1" if nearest else str(path)


def _unknown_error(
    path: Path, source: str, section: str | None, name: str, names: list[str]
) -> str:
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f'did you mean "{near[0]}"?' if near else "known are: " + ", ".join(names)
    kind = "setting" if section else "section"
    full = f"{section}.{name}" if section else name
    return f'{_location(path, source, section, name)}: unknown {kind} "{full}"; {hint}'
