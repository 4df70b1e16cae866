"""Mails' templates become the HTML that mail programs understand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import mjml

from publisher.errors import TemplateError
from publisher.render.mail.size_budget import place
from publisher.render.mjml.skeleton import outline
from publisher.render.templating.environment import Templates

_PLACE = re.compile(place(r"(\w+)"))
_SHOWN_BY_RUST = re.compile(r"\\u\{86\}(\w+)\\u\{87\}")


def mail_html(templates: Templates, name: str, **context: object) -> str:
    """Fill in an MJML template and give the HTML made of it. Raises TemplateError.

    It has marks instead of the issue's texts (render/mail/size_budget.py).
    """
    return "".join(mail_pieces(templates, name, **context))


def mail_pieces(templates: Templates, name: str, **context: object) -> list[str]:
    """Do so, and give the HTML in pieces, which for a frame need not be put together.

    MJML itself only sees what is left when all words are taken out, and of that it has most likely
    made HTML before.
    """
    source = templates.render(name, **context)
    its = outline(source)
    if templates.has_own_mails or its is None:  # the tests have looked at the built-in ones
        # 15 ms to import, which few newsletters need to wait for.
        from publisher.render.templating.lint import mjml_fault  # noqa: PLC0415

        fault = mjml_fault(templates, name, context, source, its)
        if fault is not None:
            raise TemplateError(str(fault))
    if its is None:
        return [mjml.mjml2html(source)]
    pieces = list(_compiled(its.skeleton))
    # Between two texts of a mail's own stands what MJML made.
    pieces[1::2] = [its.texts.get(key) or place(key) for key in pieces[1::2]]
    return pieces


@lru_cache(32)
def _compiled(skeleton: str) -> Sequence[str]:
    """Make HTML of a mail without its texts: by turns a piece of it and the key of a text.

    It is the same for most mails of a newsletter.
    """
    made = mjml.mjml2html(skeleton)
    # What is for Outlook alone goes on where it ended: npm's mjml joins the two as well.
    made = made.replace("<![endif]--><!--[if mso | IE]>", "")
    # The body's aria-label is the title as Rust shows a string: `\u{86}t0\u{87}`, read out so.
    made = _SHOWN_BY_RUST.sub(lambda match: place(match[1]), made)
    return _PLACE.split(made)
