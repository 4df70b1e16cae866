"""Templates: where they are found, and how their mistakes are told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import jinja2
import mjml

from publisher.errors import TemplateError
from publisher.render.template_faults import check_mjml, mjml_fault, rendering_fault

_PACKAGE = Path(__file__).parents[1]
# Hatch puts the folder into the package; in a checkout it stands beside it.
_IN_WHEEL = _PACKAGE / "templates"
BUILT_IN = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent / "templates"

#: Files below it are copied as they are: `assets/style.css` becomes `style.css`.
ASSETS = "assets/"


class Templates:
    """The built-in templates, each replaced by the newsletter's own of the same name."""

    def __init__(self, override: Path | None = None) -> None:
        folders = [BUILT_IN] if override is None else [override, BUILT_IN]
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(each) for each in self._folders]),
            autoescape=jinja2.select_autoescape(("html", "mjml", "xml"), default=False),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def render(self, name: str, **context: object) -> str:
        """Fill in one template."""
        try:
            return self._environment.get_template(name).render(context)
        except Exception as error:
            raise TemplateError(rendering_fault(error, self._path(name))) from error

    def render_mjml(self, name: str, **context: object) -> str:
        """Fill in an MJML template and give the HTML that mail programs understand."""
        source = self.render(name, **context)
        fault = check_mjml(source, self._path(name))
        if fault is not None:
            raise TemplateError(fault)
        try:
            return mjml.mjml2html(source)
        except ValueError as error:
            raise TemplateError(mjml_fault(error, source, self._path(name))) from error

    def assets(self) -> dict[str, bytes]:
        """Give the files that pages refer to, by their path under out/."""
        return {
            name.removeprefix(ASSETS): self._read(path)
            for name, path in self._files()
            if name.startswith(ASSETS)
        }

    def fingerprint(self) -> str:
        """Give a hash that changes whenever any page may have to be rendered anew."""
        digest = hashlib.sha256()
        for name, path in self._files():
            data = self._read(path)
            digest.update(f"{len(name.encode())} {len(data)} {name}".encode())
            digest.update(data)
        return digest.hexdigest()

    def _files(self) -> Iterator[tuple[str, Path]]:
        """Walk every file in use, by name."""
        found: dict[str, Path] = {}
        for folder in reversed(self._folders):
            for path in folder.rglob("*"):
                name = path.relative_to(folder).as_posix()
                # Editors leave `.page.html.swp` and `page.html~` behind.
                hidden = any(part.startswith(".") for part in name.split("/"))
                if not hidden and not name.endswith("~") and path.is_file():
                    found[name] = path
        yield from sorted(found.items())

    def _path(self, name: str) -> Path:
        """Find the file behind a template's name; where it should be if there is none."""
        paths = [folder / name for folder in self._folders]
        return next((path for path in paths if path.is_file()), paths[-1])

    def _read(self, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            raise TemplateError(
                f"{path}:1: cannot be read ({error.strerror}), make it readable for this user"
            ) from error
