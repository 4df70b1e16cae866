"""`init`: a newsletter's folder with everything it needs to be built."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from publisher.config import FILE_NAME
from publisher.errors import OutputError

_GITIGNORE = "/out/\n/.out-being-made/\n/.publisher/\n"


def make_newsletter(folder: Path, *, with_templates: bool = False) -> list[str]:
    """Make a newsletter's folder, on demand with copies of the built-in templates.

    Return the names of what was made. What is there already stays as it is. Raises OutputError,
    for a folder that is a newsletter already or that cannot be written.
    """
    settings = folder / FILE_NAME
    if os.path.lexists(settings):  # False for a name that is too long, which mkdir refuses
        raise OutputError(f"{settings}: is there already; this folder is a newsletter")
    made = []
    try:
        for name in ("seeds", "templates"):
            if not (folder / name).is_dir():
                (folder / name).mkdir(parents=True)
                made.append(f"{name}/")
        sample = resources.files("publisher").joinpath("sample.toml").read_text(encoding="utf-8")
        settings.write_text(sample, encoding="utf-8")
        made.append(FILE_NAME)
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text(_GITIGNORE, encoding="utf-8")
            made.append(".gitignore")
        if with_templates:
            made += _copy_templates(folder / "templates")
    except OSError as error:
        raise OutputError(f"{error.filename or folder}: cannot be made: {error.strerror}") from None
    return made


def _copy_templates(folder: Path) -> list[str]:
    """Copy the built-in templates that are not there; return their names. Raises OSError."""
    from publisher.render.templating.loader import TemplateFiles  # noqa: PLC0415

    made = []
    for name, path in TemplateFiles().files():
        copy = folder / name
        if not os.path.lexists(copy):
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes())
            made.append(f"templates/{name}")
    return made
