"""Addresses as people leave them in running text, and what they identify.

No linkifier is right for Chinese text (markdown-it's finds nothing in `访问https://…/scope，互动`,
others swallow `。`), so an address here ends at the first character RFC 3986 does not allow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

from publisher.digest.registries import (
    ARXIV_NEW,
    ARXIV_OLD,
    Place,
    arxiv_alone,
    paper_at,
    place_of,
    registry_like,
)
from publisher.paper_id import PaperId, PaperScheme

_TOP = (
    "com|org|net|io|ai|co|dev|edu|gov|app|info|me|cn|jp|kr|uk|de|fr|eu|ch|nl|ca|au|in|us"
    "|ly|gg|sh|so|xyz|tech|site|page|cloud|science|blog|news|wiki"
)
_PAGES = r"(?:github|gitlab|readthedocs)\.io"
#: Where an address may be, by a literal character first (see inline.py): the beginning of one
#: with a scheme, or the end of a host without.
ADDRESS_AHEAD = (
    r"https?://|HTTPS?://|Https?://|www\."
    r"|arxiv[:： ]|arXiv[:： ]|Arxiv[:： ]|ArXiv[:： ]|ARXIV[:： ]|doi[:：]|DOI[:：]|Doi[:：]"
    rf"|\.(?:{_TOP})/|\.{_PAGES}(?![A-Za-z0-9-])"
)

#: The characters of RFC 3986 2, less `[` `]` (IPv6 hosts only) and `'` (a quote in prose).
#: Another address ends it, in brackets or run into it, unless it is an archive's or a query's.
_MOST = r"[A-Za-gi-z0-9\-._~:/?#@!$&)*+,;=%]*+"
#: `\_` in an address is what an exporter of Markdown made of `_`.
_ESCAPES = r"\\[_~&%#*$-]"
_REST = rf"{_MOST}(?:(?:h(?!ttps?://)|(?<=[/=])h|\((?!https?://)|{_ESCAPES}){_MOST}){{0,1000}}"
_ESCAPE = re.compile(_ESCAPES)
_BARE = re.compile(rf"(?i:https?)://(?=[A-Za-z0-9\[%]){_REST}")
#: What ends a sentence rather than an address.
_TRAILING = ".,;:!?*_~&("
#: Without a scheme only what cannot be anything else: `a.py` and `GPT-4o.com` are no addresses.
#: So: lower case, a well-known top-level domain, and a path; or `www.`; or a pages host.
_HOST = re.compile(r"(?<![A-Za-z0-9@./\-_])(?:[a-z0-9][a-z0-9-]*\.)*[a-z0-9][a-z0-9-]*\Z")
_LONGEST_HOST = 253
_WWW = re.compile(rf"(?<![A-Za-z0-9@./\-_])www\.[a-z0-9-]+(?:\.[a-z0-9-]+){{1,126}}(?:/{_REST})?")
_PATH = re.compile(rf"(?<=/){_REST}|/{_REST}|")
#: In `[…](here)` it cannot be anything but an address, so less is asked of it.
_TARGET_WITHOUT_SCHEME = re.compile(
    rf"www\..+|[a-z0-9-][a-z0-9.-]*\.(?:(?:{_TOP})/.*|com|org|net|io|ai|cn|edu|dev)",
    re.IGNORECASE,
)

_SAFE = r"A-Za-z0-9\-._~:/@!$&'()*+,;="
_PATH_PART, _QUERY_PART = (
    rf"[{marks}]*+(?:%[0-9A-Fa-f]{{2}}[{marks}]*+){{0,2000}}" for marks in (_SAFE, f"{_SAFE}?")
)
#: An address that is as `safe_url` would make it.
_CLEAN = re.compile(
    rf"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?"
    rf"(?:/{_PATH_PART})?(?:\?{_QUERY_PART})?(?:#{_QUERY_PART})?"
)
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")

#: `arXiv:2408.05211v2` and `doi:10.1145/3292500.3330701`, as papers cite each other.
_LABELLED = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?i:arxiv)(?:[:：][ ]?|[ ])"
    rf"(?P<arxiv>(?:{ARXIV_NEW}|{ARXIV_OLD})(?:v[0-9]+)?)(?![0-9])"
    r"|(?i:doi)[:：][ ]?(?P<doi>10\.[0-9]{4,9}/[A-Za-z0-9\-._;()/:]+))"
)
#: What leads on: search engines, mails, and sites that warn of leaving them.
_REDIRECTS = ("url", "scholar_url", "redirect", "l.php", "")
_REDIRECT_HOST = re.compile(
    r"(?:scholar\.)?google\.[a-z.]{2,6}|link\.(?:zhihu\.com|juejin\.cn|csdn\.net)|l\.facebook\.com"
    r"|youtube\.com|[a-z0-9]+\.safelinks\.protection\.outlook\.com"
)
_TARGET = re.compile(r"(?:^|&)(?:q|url|target|u)=([^&]+)")
#: What has copies of others' pages, behind their addresses.
_COPIES = ("web.archive.org", "r.jina.ai")


def bounded(text: str, start: int) -> tuple[int, str] | None:
    """Return the address with a scheme that starts at `start`, and its place; None without one."""
    match = _BARE.match(text, start)
    return (start, without_trailing(match[0])) if match else None


def schemeless(text: str, start: int, end: int, floor: int) -> tuple[int, str]:
    """Return the address without a scheme around `text[start:end]`, and its place.

    `text[start:end]` matched ADDRESS_AHEAD, and nothing before `floor` is to be taken. Where
    there is no address, it is empty.
    """
    if text[start] == "w":
        match = _WWW.match(text, start)
        return start, without_trailing(match[0]) if match else ""
    if text[start] != "." or not text[start - 1 : start].isalnum():
        return start, ""
    host = _HOST.search(text, max(floor, start - _LONGEST_HOST), start)
    path = _PATH.match(text, end) if host else None
    if not host or not path or (text[end - 1] == "/" and not path[0]):
        return start, ""
    return host.start(), without_trailing(text[host.start() : path.end()])


def labelled(text: str, start: int) -> tuple[str, str] | None:
    """Return the words and the address of a paper that is named by its number at `start`."""
    match = _LABELLED.match(text, start)
    if not match:
        return None
    if match["arxiv"]:
        return match[0], f"https://arxiv.org/abs/{match['arxiv']}"
    shown = without_trailing(match[0])
    return shown, "https://doi.org/" + shown[4:].strip()


def without_trailing(address: str) -> str:
    """Cut what is the sentence's: punctuation, and a bracket that was opened before the address.

    `(see https://a.org/b_(c))` leads to `https://a.org/b_(c)`.
    """
    end = len(address)
    excess = address.count(")") - address.count("(")
    while end:
        last = address[end - 1]
        if last == ")" and excess > 0:
            excess -= 1
        elif last == "(":
            excess += 1
        elif last not in _TRAILING:
            break
        end -= 1
    return address[:end]


def unescaped(raw: str) -> str:
    """Return an address as it was before it was written for HTML or Markdown."""
    raw = raw.replace("&amp;", "&")
    return _ESCAPE.sub(lambda match: match[0][1], raw) if "\\" in raw else raw


def safe_url(raw: str) -> str | None:
    """Return an absolute http(s) or mailto address in pure ASCII, or None where there is none.

    Characters RFC 3986 does not allow are percent-encoded, a host in other scripts becomes
    its A-label (RFC 5891): what stands in `href` is always plain ASCII, and never a script.
    """
    raw = unescaped(raw)
    if _CLEAN.fullmatch(raw):
        return raw
    raw = raw.strip()
    if _TARGET_WITHOUT_SCHEME.fullmatch(raw):
        raw = "https://" + raw
    try:
        parts = urlsplit(raw)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme == "mailto" and re.fullmatch(r"[!-~]+@[!-~]+", parts.path):
        return "mailto:" + _quoted(parts.path, "@!$&'*+=.~-_")
    host = _ascii_host(host)
    if scheme not in ("http", "https") or not host:
        return None
    path = _quoted(parts.path, "/:@!$&'()*+,;=~")
    query = "?" + _quoted(parts.query, "/:@!$&'()*+,;=?~") if parts.query else ""
    fragment = "#" + _quoted(parts.fragment, "/:@!$&'()*+,;=?~") if parts.fragment else ""
    return f"{scheme}://{host}{port}{path}{query}{fragment}"


def _ascii_host(host: str) -> str:
    """Return a host as it stands in an address, or nothing when it is none."""
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    if ":" in host:
        return f"[{host}]" if re.fullmatch(r"[0-9a-f:.]+", host) else ""
    return host if re.fullmatch(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?", host) else ""


def _quoted(part: str, safe: str) -> str:
    return quote(_LONE_PERCENT.sub("%25", part), safe=safe + "%")


# --- Papers -------------------------------------------------------------------------------

#: What a paper is known by, if it has that, whatever else it has.
_FIRST = (PaperScheme.arxiv, PaperScheme.doi)
#: Addresses whose papers are kept: each link of a digest is asked for several times.
_KEPT = 4_096


@lru_cache(_KEPT)
def paper_of(url: str) -> PaperId | None:
    """Return which paper an address (of `safe_url`) is the page of, whatever version or format."""
    place = _destination(url)
    return paper_at(place) if place else None


def looks_like_paper(url: str) -> str | None:
    """Return the name of the registry that an address looks to have a paper of, and has not.

    It is on a registry's host in no known form, or has an arXiv number or a DOI in its path.
    """
    place = _destination(url)
    return registry_like(place) if place and not paper_at(place) else None


def bare_number(text: str) -> str | None:
    """Return the address of the paper whose arXiv number is all of a text: `2408.05211v2`."""
    paper = arxiv_alone(text)
    return paper.url if paper else None


def best(papers: Iterable[PaperId | None]) -> PaperId | None:
    """Return the identity of a paper that has these: its arXiv id, its DOI, or another's.

    Of several of the kind it is the first.
    """
    known = [paper for paper in papers if paper]
    for scheme in _FIRST:
        for paper in known:
            if paper.scheme is scheme:
                return paper
    return known[0] if known else None


def only(urls: Iterable[str]) -> PaperId | None:
    """Return the one paper that addresses in a text lead to; None where they lead to several.

    Another registry's page of a paper with an arXiv id or a DOI is no further paper.
    """
    named = {(paper, "doi.org/" in url) for url in urls if (paper := paper_of(url))}
    papers = {paper for paper, by_doi in named if by_doi or paper.scheme in _FIRST}
    papers = papers or {paper for paper, _ in named}
    return papers.pop() if len(papers) == 1 else None


def _destination(url: str) -> Place | None:
    """Return where an address leads in the end."""
    place = place_of(url)
    if place and place.host in _COPIES and (start := place.path.find("http")) > 0:
        query = f"?{place.query}" if place.query else ""
        return place_of(place.path[start:] + query)
    if place and place.path.strip("/") in _REDIRECTS and _REDIRECT_HOST.fullmatch(place.host):
        target = _TARGET.search(place.query)
        return place_of(unquote(target[1])) if target else place
    return place
