"""Addresses as people leave them in running text, and what they identify.

No linkifier is right for Chinese text (markdown-it's finds nothing in `访问https://…/scope，互动`,
others swallow `。`), so an address here ends at the first character RFC 3986 does not allow.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlsplit

from publisher.model import PaperId, PaperScheme

#: The characters of RFC 3986 2, less `[` `]` (IPv6 hosts only) and `'` (a quote in prose).
_URL_CHARACTERS = r"A-Za-z0-9\-._~:/?#@!$&()*+,;=%"
#: What ends a sentence rather than an address.
_TRAILING = ".,;:!?*_~&"

BARE = rf"https?://[{_URL_CHARACTERS}]+"
#: Without a scheme only what cannot be anything else: `a.py` and `GPT-4o.com` are no addresses.
#: So: lower case, a well-known top-level domain, and a path; or `www.`; or a pages host.
_TOP = (
    "com|org|net|io|ai|co|dev|edu|gov|app|info|me|cn|jp|kr|uk|de|fr|eu|ch|nl|ca|au|in|us"
    "|ly|gg|sh|so|xyz|tech|site|page|cloud|science|blog|news|wiki"
)
SCHEMELESS = (
    r"(?<![A-Za-z0-9@./\-_])(?:"
    rf"www\.[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[{_URL_CHARACTERS}]*)?"
    rf"|(?:[a-z0-9][a-z0-9-]*\.)+(?:{_TOP})/[{_URL_CHARACTERS}]+"
    rf"|[a-z0-9][a-z0-9-]*\.(?:github|gitlab|readthedocs)\.io(?:/[{_URL_CHARACTERS}]*)?"
    r")"
)

_ARXIV_NEW = r"\d{4}\.\d{4,5}"
_ARXIV_OLD = r"[a-z][a-z-]*(?:\.[A-Z]{2})?/\d{7}"
_ARXIV_PATH = re.compile(
    rf"^/(?:abs|pdf|html|format|ps|e-print)/({_ARXIV_NEW}|{_ARXIV_OLD})(?:v\d+)?(?:\.pdf)?/?$"
)
#: `arXiv:2408.05211v2`, as papers cite each other.
ARXIV_LABEL = rf"(?<![A-Za-z0-9])(?i:arxiv):[ ]?(?:{_ARXIV_NEW}|{_ARXIV_OLD})(?:v\d+)?"
_DOI_PATH = re.compile(r"^/(10\.\d{4,9}/\S+)$")


def bounded(candidate: str) -> str:
    """Cut a run of address characters where the address ends and the sentence goes on.

    Trailing punctuation is the sentence's, and so is a closing bracket that was opened before
    the address: `(see https://a.org/b_(c))` leads to `https://a.org/b_(c)`.
    """
    url = candidate
    while url:
        last = url[-1]
        if last in _TRAILING or (last == ")" and url.count(")") > url.count("(")):
            url = url[:-1]
        elif last == "(":
            url = url[:-1]
        else:
            break
    return url


def safe_url(raw: str) -> str | None:
    """Give an absolute http(s) or mailto address in pure ASCII, or None where there is none.

    Characters RFC 3986 does not allow are percent-encoded, a host in other scripts becomes
    its A-label (RFC 5891): what stands in `href` is always plain ASCII, and never a script.
    """
    raw = raw.strip()
    if raw.startswith("www.") or re.fullmatch(SCHEMELESS, raw):
        raw = "https://" + raw
    try:
        parts = urlsplit(raw)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme == "mailto" and re.fullmatch(r"[!-~]+@[!-~]+", parts.path):
        return "mailto:" + quote(parts.path, safe="@%+!$&'*=.~-_")
    if scheme not in ("http", "https") or not host:
        return None
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+", host):
        return None
    if ":" in host:
        host = f"[{host}]"
    path = quote(parts.path, safe="/:@!$&'()*+,;=%~")
    query = "?" + quote(parts.query, safe="/:@!$&'()*+,;=%?~") if parts.query else ""
    fragment = "#" + quote(parts.fragment, safe="/:@!$&'()*+,;=%?~") if parts.fragment else ""
    return f"{scheme}://{host}{port}{path}{query}{fragment}"


def paper_of(url: str) -> PaperId | None:
    """Tell which paper an address is the page of, whatever its version or format."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("export.")
    if host in ("arxiv.org", "cn.arxiv.org", "ar5iv.org", "ar5iv.labs.arxiv.org", "alphaxiv.org"):
        match = _ARXIV_PATH.match(parts.path)
        return _arxiv(match[1]) if match else None
    if host in ("doi.org", "dx.doi.org"):
        match = _DOI_PATH.match(unquote(parts.path))
        if not match:
            return None
        value = match[1].rstrip("/").lower()
        # arXiv registers its papers as DOIs too: one paper, one identity.
        arxiv = re.fullmatch(rf"10\.48550/arxiv\.({_ARXIV_NEW}|{_ARXIV_OLD})", value)
        return _arxiv(arxiv[1]) if arxiv else PaperId(PaperScheme.doi, value)
    return None


def _arxiv(value: str) -> PaperId:
    # `math.GT/0309136` and `math/0309136` are the same paper: the subject class is no part of it.
    return PaperId(PaperScheme.arxiv, re.sub(r"\.[A-Z]{2}/", "/", value).lower())
