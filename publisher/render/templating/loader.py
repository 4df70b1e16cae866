"""The files that templates are made of, and where they are found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from publisher.errors import TemplateError

_PACKAGE = Path(__file__).parents[2]
# Hatch puts the folder into the package; in a checkout it stands beside it.
_IN_WHEEL = _PACKAGE / "templates"
BUILT_IN = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent / "templates"

#: Files below it are copied as they are: `assets/style.css` becomes `style.css`.
ASSETS = "assets/"


def own_templates(project: Path) -> Path | None:
    """Return the folder of a newsletter's own templates, if it has any."""
    folder = project / "templates"
    return folder if folder.is_dir() else None


class TemplateFiles:
    """The built-in files, each replaced by the newsletter's own of the same name."""

    def __init__(self, override: Path | None = None) -> None:
        folders = [BUILT_IN] if override is None else [override, BUILT_IN]
        self._folders = [folder for folder in folders if folder.is_dir()]

    def assets(self) -> dict[str, bytes]:
        """Return the files that pages refer to, by their path under out/."""
        return {
            name.removeprefix(ASSETS): self.read(path)
            for name, path in self.files()
            if name.startswith(ASSETS)
        }

    def fingerprint(self) -> str:
        """Return a hash that changes whenever any page may have to be rendered anew."""
        digest = hashlib.sha256()
        for name, path in self.files():
            data = self.read(path)
            digest.update(f"{len(name.encode())} {len(data)} {name}".encode())
            digest.update(data)
        return digest.hexdigest()

    def files(self) -> Iterator[tuple[str, Path]]:
        """Yield every file in use, by name."""
        paths: dict[str, Path] = {}
        for folder in reversed(self._folders):
            for path in folder.rglob("*"):
                name = path.relative_to(folder).as_posix()
                # Editors leave `.page.html.swp` and `page.html~` behind.
                hidden = any(part.startswith(".") for part in name.split("/"))
                if not hidden and not name.endswith("~") and path.is_file():
                    paths[name] = path
        yield from sorted(paths.items())

    def path(self, name: str) -> Path:
        """Return the file with a template's name; if there is none, where it should be."""
        paths = [folder / name for folder in self._folders]
        return next((path for path in paths if path.is_file()), paths[-1])

    def read(self, path: Path) -> bytes:
        """Return the bytes of a template's file. Raises TemplateError if it cannot be read."""
        try:
            return path.read_bytes()
        except OSError as error:
            raise TemplateError(
                f"{path}:1: cannot be read ({error.strerror}), make it readable for this user"
            ) from error
