"""`{% trans %}` in templates, looked up once: when a template is compiled."""

from __future__ import annotations

import re
from gettext import NullTranslations

import jinja2
from jinja2 import nodes
from jinja2.ext import InternationalizationExtension

# What Jinja2 makes of `{{ name }}` and of a per cent sign in a message.
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")


class Trans(InternationalizationExtension):
    """Jinja2's own, but a message without a plural costs nothing when a page is made.

    Templates have one language. Looking words up again for each page takes PER_CENT of the time
    that a cold build spends on them.
    """

    identifier = "publisher.trans"
    _words: NullTranslations

    @classmethod
    def install(cls, environment: jinja2.Environment, words: NullTranslations) -> None:
        """Give templates `{% trans %}`, `_()`, `gettext()` and `ngettext()` in these words."""
        environment.add_extension(cls)
        its = environment.extensions[cls.identifier]
        assert isinstance(its, cls)
        its._words = words
        its._install(words, newstyle=True)

    def _make_node(
        self,
        singular: str,
        plural: str | None,
        context: str | None,
        variables: dict[str, nodes.Expr],
        plural_expr: nodes.Expr | None,
        vars_referenced: bool,
        num_called_num: bool,
    ) -> nodes.Output:
        if plural_expr is not None:
            return super()._make_node(
                singular, plural, context, variables, plural_expr, vars_referenced, num_called_num
            )
        find = self._words
        text = find.gettext(singular) if context is None else find.pgettext(context, singular)
        parts: list[nodes.Expr] = []
        done = 0
        for match in _PLACEHOLDER.finditer(text):
            parts.append(nodes.TemplateData(text[done : match.start()]))
            parts.append(variables[match[1]] if match[1] else nodes.TemplateData("%"))
            done = match.end()
        parts.append(nodes.TemplateData(text[done:]))
        return nodes.Output(parts)
