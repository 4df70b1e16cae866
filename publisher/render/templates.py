"""Templates: where they are found, and how their mistakes are told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import jinja2

from publisher.errors import TemplateError
from publisher.interface import ENGLISH, words
from publisher.render.folding import held
from publisher.render.template_code import Environment, QuickEnvironment, compiled
from publisher.render.template_words import Trans

_PACKAGE = Path(__file__).parents[1]
# Hatch puts the folder into the package; in a checkout it stands beside it.
_IN_WHEEL = _PACKAGE / "templates"
BUILT_IN = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent / "templates"

#: Files below it are copied as they are: `assets/style.css` becomes `style.css`.
ASSETS = "assets/"

#: Templates of mails end in it.
MJML = ".mjml"


class Templates:
    """The built-in templates, each replaced by the newsletter's own of the same name."""

    def __init__(self, override: Path | None = None, interface_language: str = ENGLISH) -> None:
        folders = [BUILT_IN] if override is None else [override, BUILT_IN]
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._words = words(interface_language)
        #: For pages or for mails, and as quick as can be or to the letter of Jinja2.
        self._environments: dict[tuple[bool, bool], jinja2.Environment] = {}
        #: Templates that ask for what is not always there.
        self._asking: set[str] = set()
        #: Whether a newsletter's own templates make its mails.
        self.has_own_mails = override is not None and any(override.rglob(f"*{MJML}"))

    def environment(
        self,
        undefined: type[jinja2.Undefined],
        finalize: Callable[[object], object] | None = None,
        kind: type[Environment] = Environment,
    ) -> jinja2.Environment:
        """Set out Jinja2 for these templates."""
        environment = kind(
            loader=jinja2.ChoiceLoader([jinja2.FileSystemLoader(each) for each in self._folders]),
            autoescape=jinja2.select_autoescape(("html", "mjml", "xml"), default=False),
            undefined=undefined,
            finalize=finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.extensions[Trans.identifier] = Trans(environment, self._words)
        return environment

    def compile(self, *names: str) -> None:
        """Compile templates before they are asked for; their mistakes are told only then."""
        for name in names:
            with suppress(Exception):
                self._for(name).get_template(name)

    def _for(self, name: str) -> jinja2.Environment:
        mail, quick = name.endswith(MJML), name not in self._asking
        found = self._environments.get((mail, quick))
        if found is None:
            found = self.environment(
                jinja2.StrictUndefined,
                held if mail else None,
                QuickEnvironment if quick else Environment,
            )
            # Not for environments that checks make, whose extensions are in the code too.
            found.bytecode_cache = compiled(self._words, mail, quick)
            self._environments[mail, quick] = found
        return found

    def render(self, name: str, **context: object) -> str:
        """Fill in one template."""
        try:
            try:
                return _filled_in(self._for(name), name, context)
            except AttributeError:
                if name in self._asking:
                    raise
                self._asking.add(name)
                return _filled_in(self._for(name), name, context)
        except Exception as error:
            from publisher.render.template_faults import rendering_fault  # noqa: PLC0415

            raise TemplateError(str(rendering_fault(error, self.path(name)))) from error

    # --- Files ----------------------------------------------------------------------------

    def assets(self) -> dict[str, bytes]:
        """Give the files that pages refer to, by their path under out/."""
        return {
            name.removeprefix(ASSETS): self.read(path)
            for name, path in self.files()
            if name.startswith(ASSETS)
        }

    def fingerprint(self) -> str:
        """Give a hash that changes whenever any page may have to be rendered anew."""
        digest = hashlib.sha256()
        for name, path in self.files():
            data = self.read(path)
            digest.update(f"{len(name.encode())} {len(data)} {name}".encode())
            digest.update(data)
        return digest.hexdigest()

    def files(self) -> Iterator[tuple[str, Path]]:
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

    def path(self, name: str) -> Path:
        """Find the file behind a template's name; where it should be if there is none."""
        paths = [folder / name for folder in self._folders]
        return next((path for path in paths if path.is_file()), paths[-1])

    def read(self, path: Path) -> bytes:
        """Read a file of a template. Raises TemplateError."""
        try:
            return path.read_bytes()
        except OSError as error:
            raise TemplateError(
                f"{path}:1: cannot be read ({error.strerror}), make it readable for this user"
            ) from error


def _filled_in(environment: jinja2.Environment, name: str, context: Mapping[str, object]) -> str:
    """Do as Template.render does, which copies the globals, a slow ChainMap, each time.

    A cold build of 1,000 issues has 16,000 small pages.
    """
    template = environment.get_template(name)
    views = environment.context_class(
        environment, {**environment.globals, **context}, template.name, template.blocks
    )
    try:
        return environment.concat(template.root_render_func(views))
    except Exception:  # noqa: BLE001  (raised again, told by lines of templates)
        environment.handle_exception()
