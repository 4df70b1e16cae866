"""Jinja2 environments for the templates, and how they are rendered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import jinja2
from jinja2.compiler import CodeGenerator
from jinja2.ext import InternationalizationExtension

from publisher.errors import TemplateError
from publisher.i18n import ENGLISH, words
from publisher.render.mail.size_budget import placeholder_or_value
from publisher.render.templating.compiler import (
    Environment,
    QuickEnvironment,
    bytecode_cache,
    is_as_tested,
)
from publisher.render.templating.i18n import Trans
from publisher.render.templating.loader import TemplateFiles

#: Templates of mails end in it.
MJML = ".mjml"


class Templates(TemplateFiles):
    """The built-in templates, each replaced by the newsletter's own of the same name."""

    def __init__(self, override: Path | None = None, interface_language: str = ENGLISH) -> None:
        super().__init__(override)
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
        """Return a new Jinja2 environment for these templates."""
        environment = kind(
            loader=jinja2.ChoiceLoader(
                [jinja2.FileSystemLoader(folder) for folder in self._folders]
            ),
            autoescape=jinja2.select_autoescape(("html", "mjml", "xml"), default=False),
            undefined=undefined,
            finalize=finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        if is_as_tested():
            environment.extensions[Trans.identifier] = Trans(environment, self._words)
        else:
            environment.code_generator_class = CodeGenerator
            trans = InternationalizationExtension(environment)
            environment.extensions[trans.identifier] = trans
            environment.install_gettext_translations(self._words, newstyle=True)  # type: ignore[attr-defined]
        return environment

    def compile(self, *names: str) -> None:
        """Compile templates in advance; `render` reports mistakes in them."""
        for name in names:
            with suppress(Exception):
                self._for(name).get_template(name)

    def _for(self, name: str) -> jinja2.Environment:
        mail, quick = name.endswith(MJML), name not in self._asking
        environment = self._environments.get((mail, quick))
        if environment is None:
            environment = self.environment(
                jinja2.StrictUndefined,
                placeholder_or_value if mail else None,
                QuickEnvironment if quick else Environment,
            )
            # Not for environments that checks make, whose extensions are in the code too.
            environment.bytecode_cache = bytecode_cache(self._words, mail, quick)
            self._environments[mail, quick] = environment
        return environment

    def render(self, name: str, **context: object) -> str:
        """Return one template filled in with `context`. Raises TemplateError with file and line."""
        try:
            try:
                return _filled_in(self._for(name), name, context)
            except AttributeError:
                if name in self._asking:
                    raise
                self._asking.add(name)
                return _filled_in(self._for(name), name, context)
        except (MemoryError, TimeoutError):
            raise  # what is shown takes too much: no template is at fault
        except Exception as error:
            from publisher.render.templating.errors import rendering_fault  # noqa: PLC0415

            raise TemplateError(str(rendering_fault(error, self.path(name)))) from error


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
