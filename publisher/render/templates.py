"""Templates: where they are found, and how their mistakes are told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import suppress
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
import markupsafe
from jinja2.bccache import Bucket
from markupsafe import Markup

from publisher.errors import TemplateError
from publisher.interface import ENGLISH, words
from publisher.render.folding import held
from publisher.render.html import escape
from publisher.render.template_words import Generator, Trans

_PACKAGE = Path(__file__).parents[1]
# Hatch puts the folder into the package; in a checkout it stands beside it.
_IN_WHEEL = _PACKAGE / "templates"
BUILT_IN = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parent / "templates"

#: Files below it are copied as they are: `assets/style.css` becomes `style.css`.
ASSETS = "assets/"

#: Templates of mails end in it.
MJML = ".mjml"


class _Compiled(jinja2.BytecodeCache):
    """What a process has compiled, for the tools it sets out next: `watch` does so each tick.

    Compiling the templates of an issue and its mail takes 60 ms.
    """

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of a template whose source is the same."""
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self._codes[bucket.key] = bucket.checksum, bucket.code


@cache
def _compiled(_words: NullTranslations, _kind: str) -> _Compiled:
    """Give what was compiled with these words, which are in the code, for mails or for pages."""
    return _Compiled()


class _Template(jinja2.Template):
    """A template whose output is escaped without being wrapped and copied each time.

    Jinja's own `escape` makes a Markup of every value, which copies it: a twelfth of the time an
    issue's files take. What comes of it is only joined, for which text will do.
    """

    @classmethod
    def from_code(
        cls,
        environment: jinja2.Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002  (Jinja's own name for it)
        uptodate: Callable[[], bool] | None = None,
    ) -> jinja2.Template:
        """Make a template of compiled code."""
        made = super().from_code(environment, code, globals, uptodate)
        made.root_render_func.__globals__["escape"] = _escaped
        return made


class _Environment(jinja2.Environment):
    """Jinja2's own, but a template that was loaded is found by its name: none changes here.

    Jinja2 makes sure of its loader first, for each page that extends another.
    """

    template_class = _Template
    code_generator_class = Generator

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  (Jinja2's)
        super().__init__(**options)
        self._loaded: dict[str, jinja2.Template] = {}

    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> jinja2.Template:
        """Load a template."""
        if not isinstance(name, str) or globals:
            return super().get_template(name, parent, globals)
        loaded = self._loaded.get(name)
        if loaded is None:
            loaded = self._loaded[name] = super().get_template(name, parent)
        return loaded


def _escaped(value: object) -> str:
    kind = type(value)
    if kind is str:
        return escape(value)  # type: ignore[arg-type]
    if kind is int:
        return str(value)
    if isinstance(value, Markup):
        return value  # finished HTML
    return markupsafe.escape(value)


class Templates:
    """The built-in templates, each replaced by the newsletter's own of the same name."""

    def __init__(self, override: Path | None = None, interface_language: str = ENGLISH) -> None:
        folders = [BUILT_IN] if override is None else [override, BUILT_IN]
        self._folders = [folder for folder in folders if folder.is_dir()]
        self._words = words(interface_language)
        self._environment = self.environment(jinja2.StrictUndefined)
        self._mails = self.environment(jinja2.StrictUndefined, held)
        # Not for environments that checks make, whose extensions are in the code too.
        self._environment.bytecode_cache = _compiled(self._words, "pages")
        self._mails.bytecode_cache = _compiled(self._words, "mails")
        #: Whether a newsletter's own templates make its mails.
        self.has_own_mails = override is not None and any(override.rglob(f"*{MJML}"))

    def environment(
        self,
        undefined: type[jinja2.Undefined],
        finalize: Callable[[object], object] | None = None,
    ) -> jinja2.Environment:
        """Set out Jinja2 for these templates."""
        environment = _Environment(
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
        return self._mails if name.endswith(MJML) else self._environment

    def render(self, name: str, **context: object) -> str:
        """Fill in one template."""
        environment = self._for(name)
        try:
            template = environment.get_template(name)
            # As Template.render does, which copies the globals, a slow ChainMap, each time: for
            # each of a cold build's 16,000 small pages.
            filled_in = environment.context_class(
                environment, {**environment.globals, **context}, template.name, template.blocks
            )
            try:
                return environment.concat(template.root_render_func(filled_in))
            except Exception:  # noqa: BLE001  (raised again, told by lines of templates)
                environment.handle_exception()
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
