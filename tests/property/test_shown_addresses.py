"""Whatever a digest says, nothing touches an address that its mail shows.

Addresses are searched as filters do it: from a scheme or `www.` to white space, `<`, `>` or `"`.
"""

from __future__ import annotations

import re
from datetime import UTC

from hypothesis import assume, example, given
from lxml import html

from publisher.digest.parser import read
from publisher.model import Issue
from publisher.render.mail.subject import preheader, subject
from tests.support.issue_mail import LEAVE, RENDERER, record
from tests.support.urls_in_text import addressed

#: What a filter reads.
_READ = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]+://|(?<![\w@./-])www\.)[^\s<>\"]*")
_OWN_LINES = {"p", "li", "h1", "h2", "h3", "h4", "h5", "h6", "div", "td", "title", "br"}
#: Stand around the words of a link that are its address without the scheme.
_OPENS, _CLOSES = "\ue000", "\ue001"
_MARKED = re.compile(f"(.?){_OPENS}[^{_CLOSES}]*{_CLOSES}(.?)")
_ENDS_SENTENCE = ".,;:!?*~&(。，、；：！？）」』”’》—·"


def issue(text: str) -> Issue | None:
    """Read a digest."""
    return read(text.encode(), "001.txt", languages=("en", "zh-Hans"), zone=UTC).issue


def shown(page: html.HtmlElement) -> list[str]:
    """Return what a page shows, a line for each block; code is left out."""
    lines = [""]

    def add(element: html.HtmlElement) -> None:
        if element.tag in _OWN_LINES:
            lines.append("")
        if element.tag in ("code", "pre"):
            lines[-1] += "\ufffc"
        elif isinstance(element.tag, str) and element.tag != "style" and not is_hidden(element):
            own = is_own_address(element)
            lines[-1] += (_OPENS if own else "") + (element.text or "")
            for child in element:
                add(child)
                lines[-1] += child.tail or ""
            lines[-1] += _CLOSES if own else ""
        if element.tag in _OWN_LINES:
            lines.append("")

    add(page)
    return lines


def is_hidden(element: html.HtmlElement) -> bool:
    """Return whether an element is the preheader, which is looked at by itself."""
    return "display:none" in element.get("style", "")


def is_own_address(element: html.HtmlElement) -> bool:
    """Return whether an element is a link that shows where it leads, without the scheme."""
    words = element.text_content()
    url = element.get("href", "").partition("://")[2]
    return element.tag == "a" and "." in words and bool(words) and url.startswith(words)


def touches(before: str, after: str) -> bool:
    """Return whether either of the characters around an address is none that ends one."""
    return any(each and not each.isspace() and each not in '<>"' for each in (before, after))


def touched(text: str) -> list[str]:
    """Return the addresses in a text that something touches, as a filter reads them."""
    found = [match[0] for match in _MARKED.finditer(text) if touches(*match.groups())]
    text = re.sub(f"[{_OPENS}{_CLOSES}]", "", text)
    for match in _READ.finditer(text):
        address = match[0]
        another_script = not address.rpartition("://")[2][:1].isascii()
        if address.endswith("…") and not address.endswith("……"):
            continue  # cut: no address any more
        before = text[match.start() - 1 : match.start()]
        if (
            address[-1] in _ENDS_SENTENCE
            or not (address.isascii() or another_script)
            or touches(before, "")
        ):
            found.append(before + address)
    return found


def goes_on(text: str) -> bool:
    """Return whether a host or path in ASCII seems to go on with other characters."""
    hosts = (match[0].rpartition("://")[2] for match in _READ.finditer(text))
    return any(host[:1].isascii() and not host.removesuffix("…").isascii() for host in hosts)


def check(one: Issue) -> None:
    """Look at all that is shown of an issue's mail."""
    email = RENDERER.email(one, record(one), LEAVE)
    lines = [*shown(html.fromstring(email.html)), subject(one), preheader(one)]
    assert [] == [line for line in lines if touched(line)]
    # In the text, code is like all else; its own ASCII punctuation stays.
    assert [] == [line for line in email.text.splitlines() if goes_on(line)]


@given(addressed())
@example(
    "## 见https://a.org。\n\n代码：https://a.org，数据：**https://b.org**。`https://c.org`。\n"
)
@example("## A\n\n[https://a.org。](https://a.org)[b](https://b.org)见www.c.org。\n")
def test_no_character_touches_an_address(text: str) -> None:
    """Neither in the HTML, nor in the text, nor in the subject."""
    one = issue(text)
    assume(one is not None)
    assert one
    check(one)
