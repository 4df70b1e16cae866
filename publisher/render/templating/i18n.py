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

    Jinja2 looks words up each time, of which an issue's files take 1.4 times as long. A template
    is compiled for one language, so its words can stand in the code.
    """

    identifier = "publisher.trans"

    def __init__(self, environment: jinja2.Environment, words: NullTranslations) -> None:
        super().__init__(environment)
        self._words = words
        self._install(words, newstyle=True)

    def _make_node(
        self,
        singular: str,
        plural: str | None,
        context: str | None,
        variables: dict[str, nodes.Expr],
        plural_expr: nodes.Expr | None,
        vars_referenced: bool,  # noqa: FBT001  (as Jinja2 has it)
        num_called_num: bool,  # noqa: FBT001
    ) -> nodes.Output:
        if plural_expr is not None:
            return super()._make_node(
                singular, plural, context, variables, plural_expr, vars_referenced, num_called_num
            )
        find = self._words
        text = find.gettext(singular) if context is None else find.pgettext(context, singular)
        parts: list[nodes.Expr] = []
        copied = 0
        for match in _PLACEHOLDER.finditer(text):
            parts.append(nodes.TemplateData(text[copied : match.start()]))
            parts.append(variables[match[1]] if match[1] else nodes.TemplateData("%"))
            copied = match.end()
        parts.append(nodes.TemplateData(text[copied:]))
        return nodes.Output(parts)
