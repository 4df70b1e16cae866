"""Mails' templates become the HTML that mail programs understand."""

from __future__ import annotations

import re

import mjml

from publisher.errors import TemplateError
from publisher.render.mail.size_budget import placeholder
from publisher.render.mjml.text_marks import mark_texts
from publisher.render.templating.environment import Templates

_PLACE = re.compile(placeholder(r"(\w+)"))
#: MRML 1.4 writes the title there as Rust shows a string: `\u{86}t0\u{87}`.
_LABEL = re.compile(r'(?<= aria-label=")[^"]*?(?<![A-Za-z])(t\d+)(?!\w)[^"]*(?=")')


def mail_html(templates: Templates, name: str, **context: object) -> str:
    """Fill in an MJML template and return the HTML made of it. Raises TemplateError.

    It has marks instead of the issue's texts (render/mail/size_budget.py).
    """
    source = templates.render(name, **context)
    marked = mark_texts(source)
    if templates.has_own_mails or marked is None:  # the tests have looked at the built-in ones
        # 15 ms to import, which few newsletters need to wait for.
        from publisher.render.templating.lint import mjml_fault  # noqa: PLC0415

        fault = mjml_fault(templates, name, context, source)
        if fault is not None:
            raise TemplateError(str(fault))
    if marked is None:
        return mjml.mjml2html(source)
    html = mjml.mjml2html(marked.document)
    # What is for Outlook alone goes on where it ended: npm's mjml joins the two as well.
    html = html.replace("<![endif]--><!--[if mso | IE]>", "")
    # The body's label, which is read out, is the title; however it is shown, its key stands there.
    html = _LABEL.sub(lambda match: placeholder(match[1]), html, count=1)
    return _PLACE.sub(lambda match: marked.texts.get(match[1]) or match[0], html)
