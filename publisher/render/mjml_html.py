"""Mails' templates become the HTML that mail programs understand."""

from __future__ import annotations

import re
from functools import lru_cache

import mjml

from publisher.errors import TemplateError
from publisher.render.folding import filled, place
from publisher.render.mjml_outline import outline
from publisher.render.templates import Templates

_SHOWN_BY_RUST = re.compile(r"\\u\{86\}(\w+)\\u\{87\}")


def mail_html(templates: Templates, name: str, **context: object) -> str:
    """Fill in an MJML template and give the HTML made of it. Raises TemplateError.

    It has marks instead of the issue's texts (render/folding.py). MJML itself only sees what
    is left when all words are taken out, and of that it has most likely made HTML before.
    """
    source = templates.render(name, **context)
    its = outline(source)
    if templates.has_own_mails or its is None:  # the tests have looked at the built-in ones
        # 15 ms to import, which few newsletters need to wait for.
        from publisher.render.template_check import mjml_fault  # noqa: PLC0415

        fault = mjml_fault(templates, name, context, source, its)
        if fault is not None:
            raise TemplateError(str(fault))
    if its is None:
        return mjml.mjml2html(source)
    return filled(_compiled(its.skeleton), its.texts)


@lru_cache(32)
def _compiled(skeleton: str) -> str:
    """Make HTML of a mail without its texts: the same for most mails of a newsletter."""
    made = mjml.mjml2html(skeleton)
    # What is for Outlook alone goes on where it ended: npm's mjml joins the two as well.
    made = made.replace("<![endif]--><!--[if mso | IE]>", "")
    # The body's aria-label is the title as Rust shows a string: `\u{86}t0\u{87}`, read out so.
    return _SHOWN_BY_RUST.sub(lambda match: place(match[1]), made)
