"""Papers' addresses at the registries that they are published by, and at sites that mirror those.

An address is known by its host first, one look-up in a dictionary, and then by its path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import unquote

from publisher.paper_id import ACL_DOIS, PaperId, PaperScheme

#: Digits are spelt out here: `\d` is any script's, and a paper's id is an address.
ARXIV_NEW = r"[0-9]{4}\.[0-9]{4,5}"
ARXIV_OLD = r"[a-z][a-z-]*(?:\.[A-Za-z-]+)?/[0-9]{7}"
#: A number that arXiv has given: a month of a year, with five digits from 2015 on.
_GIVEN = (
    r"(?:0[7-9]|1[0-4])(?:0[1-9]|1[0-2])\.[0-9]{4}|(?:1[5-9]|[2-9][0-9])(?:0[1-9]|1[0-2])\.[0-9]{5}"
)


class Place(NamedTuple):
    """Where an address leads."""

    #: In lower case, without a port.
    host: str
    path: str
    query: str

    @property
    def segments(self) -> list[str]:
        """Return the names in its path."""
        return [name for name in self.path.split("/") if name]


_ADDRESS = re.compile(
    r"https?://(?:[^/?#@]*@)?([^/?#@:]+)(?::[0-9]*)?([^?#]*)(?:\?([^#]*))?", re.IGNORECASE
)


def place_of(url: str) -> Place | None:
    """Return where an http(s) address leads; None for another."""
    parts = _ADDRESS.match(url)
    if not parts:
        return None
    return Place(parts[1].lower().removeprefix("www."), parts[2], parts[3] or "")


# --- arXiv --------------------------------------------------------------------------------

#: What stands before an id: at arXiv and its mirrors a format; elsewhere the name of a list.
_FORMATS = frozenset(("abs", "pdf", "html", "format", "ps", "e-print", "src", "overview", "ftp"))
_PAPERS, _ARXIV = frozenset(("papers",)), frozenset(("arxiv",))
_ARXIV_SITES = {
    "arxiv.org": _FORMATS,
    "xxx.lanl.gov": _FORMATS,
    "xxx.itp.ac.cn": _FORMATS,
    "ar5iv.org": _FORMATS,
    "ar5iv.labs.arxiv.org": _FORMATS,
    "alphaxiv.org": _FORMATS,
    "huggingface.co": _PAPERS,
    "hf.co": _PAPERS,
    "hf-mirror.com": _PAPERS,
    "emergentmind.com": _PAPERS,
    "arxiv-vanity.com": _PAPERS,
    "papers.cool": _ARXIV,
    "scirate.com": _ARXIV,
    "hjfy.top": _ARXIV,
    "semanticscholar.org": _ARXIV,
    "catalyzex.com": frozenset(("paper",)),
    "bytez.com": frozenset(("docs",)),
    "ui.adsabs.harvard.edu": frozenset(("abs",)),
}
_ARXIV_PATH = re.compile(
    rf"/+(?:[a-z]{{2}}/)?([a-z-]+)(?:/arxiv(?:/papers/[0-9]{{4}})?)?[/:](?:arxiv:)?"
    rf"({ARXIV_NEW}|{ARXIV_OLD})(?:v[0-9]+)?(?:\.pdf|\.md)?(?:/(?:abstract|code|paper)?)?",
    re.IGNORECASE,
)
_ARXIV_DOI = re.compile(rf"10\.48550/arxiv\.({ARXIV_NEW}|{ARXIV_OLD})(?:v[0-9]+)?")
_SUBJECT_CLASS = re.compile(r"\.[A-Za-z-]+/")


def _arxiv_at(place: Place) -> PaperId | None:
    match = _ARXIV_PATH.fullmatch(place.path)
    if not match:
        return None
    sites = _ARXIV_SITES.get(place.host) or _ARXIV_SITES[_parent(place.host)]
    return arxiv(match[2]) if match[1].lower() in sites else None


def arxiv(value: str) -> PaperId:
    """Return the paper of an arXiv id that has no version."""
    # `math.GT/0309136` and `math/0309136` are the same paper: the subject class is no part of it.
    if "/" in value:
        value = _SUBJECT_CLASS.sub("/", value).lower()
    return PaperId(PaperScheme.arxiv, value)


# --- DOI ----------------------------------------------------------------------------------

_DOI_HOSTS = ("doi.org", "dx.doi.org")
#: Publishers (ACM, Wiley, Science, PNAS) have a DOI's page at `/doi/10.…` of their own.
_DOI_PATH = re.compile(
    r"/(doi/(?:(?:abs|full|pdf|epdf|pdfdirect)/)?)?(10\.[0-9]{4,9}(?:/|%2[Ff]).+)"
)


def _doi_at(place: Place) -> PaperId | None:
    match = _DOI_PATH.fullmatch(place.path)
    return doi(match[2]) if match and (match[1] or place.host in _DOI_HOSTS) else None


#: Springer's and Frontiers' pages and files have the DOI in their address.
_JOURNAL = re.compile(
    r"/(?:articles?|chapter|book|content/pdf)/(10\.[0-9]{4,9}/[^/]+?)(?:\.pdf|/(?:full|pdf|abstract))?/?"
)


def _journal_at(place: Place) -> PaperId | None:
    match = _JOURNAL.fullmatch(place.path)
    return doi(match[1]) if match else None


def doi(value: str) -> PaperId:
    """Return the paper of a DOI, as an address has it."""
    value = unquote(value).rstrip("/").lower()
    # arXiv and the ACL register their papers as DOIs too: one paper, one identity.
    if registered := _ARXIV_DOI.fullmatch(value):
        return arxiv(registered[1])
    for prefix in ACL_DOIS:
        if value.startswith(prefix) and (paper := _acl(value.removeprefix(prefix))):
            return paper
    return PaperId(PaperScheme.doi, value)


#: An id is a number, or since 2019 a date and a number.
_PREPRINT = re.compile(
    r"/(?:content|lookup/doi)/+(10\.[0-9]{4,9})/((?:[0-9]{4}\.[0-9]{2}\.[0-9]{2}\.)?[0-9]{6,10})"
    r"(?:v[0-9]+)?(?:[./].*)?"
    r"|/(?:content/(?:[a-z]+/)?early/[0-9]{4}/[0-9]{2}/[0-9]{2}|cgi/(?:content/)?[a-z]+)"
    r"/((?:[0-9]{4}\.[0-9]{2}\.[0-9]{2}\.)?[0-9]{6,10})(?:v[0-9]+)?(?:[./].*)?"
)
#: The prefix of DOIs until November 2025, and that since. Of a paper that was sent in during that
#: month only the address tells.
_COLD_SPRING_HARBOR, _OPENRXIV = "10.1101", "10.64898"
_CHANGING, _CHANGED = "2025.11", "2025.12"


def _preprint_at(place: Place) -> PaperId | None:
    """Return the paper at a page of bioRxiv or medRxiv."""
    match = _PREPRINT.fullmatch(place.path)
    if not match:
        return None
    value, prefix = match[2] or match[3], match[1]
    if "." not in value or value < _CHANGING:
        prefix = _COLD_SPRING_HARBOR
    elif value >= _CHANGED:
        prefix = _OPENRXIV
    return PaperId(PaperScheme.doi, f"{prefix}/{value}") if prefix else None


# --- OpenReview ---------------------------------------------------------------------------

_NOTE = re.compile(r"(?:^|&)id=([A-Za-z0-9_-]{1,64})(?=&|$)")


def _openreview_at(place: Place) -> PaperId | None:
    """Return the paper of a forum; other ids are of a review, an edit or a file."""
    if place.segments not in (["forum"], ["pdf"], ["attachment"]):
        return None
    match = _NOTE.search(place.query)
    return PaperId(PaperScheme.openreview, match[1]) if match else None


# --- The ACL's Anthology ------------------------------------------------------------------

_ACL = re.compile(
    r"([A-Z][0-9]{2}-[0-9]{4}|[0-9]{4}\.[a-z0-9_]+-[a-z0-9_]+\.[0-9]+)(?:[ev][0-9]+)?"
    r"(?:\.[a-z][a-z0-9]*)*",
    re.IGNORECASE,
)


def _acl_at(place: Place) -> PaperId | None:
    names = place.segments
    if not names or (place.host == "aclweb.org" and not names[0].startswith("anthology")):
        return None
    return _acl(names[-1])


def _acl(name: str) -> PaperId | None:
    match = _ACL.fullmatch(name)
    if not match:
        return None
    value = match[1]
    return PaperId(PaperScheme.acl, value.lower() if "." in value else value.upper())


# --- CVF ----------------------------------------------------------------------------------

_CONFERENCE = re.compile(r"[A-Z]+[0-9]{4}W?", re.IGNORECASE)
_OLD_CONFERENCE = re.compile(r"content_([a-z]+)_([0-9]{4})(_workshops)?", re.IGNORECASE)
#: The last year in which a conference's name was in lower case.
_LOWER = {"cvpr": "2018", "iccv": "2015"}


def _cvf_at(place: Place) -> PaperId | None:
    names = place.segments
    if names[:1] == ["openaccess"]:  # below the site that it had first
        del names[0]
    conference = _conference(names)
    stem, _, suffix = names[-1].rpartition(".") if names else ("", "", "")
    folders = [name for name in names[:-1] if name in ("html", "papers")]
    is_paper = stem.endswith("_paper") and suffix in ("html", "pdf") and len(folders) == 1
    if not conference or not is_paper:
        return None
    workshop = [name for name in names[:-1] if name not in folders]
    return PaperId(PaperScheme.cvf, "/".join((conference, *workshop, stem)))


def _conference(names: list[str]) -> str | None:
    """Take a conference off the names in a path, and return it as CVF writes it."""
    if names[:1] == ["content"] and _CONFERENCE.fullmatch("".join(names[1:2])):
        del names[0]
        return names.pop(0).upper()
    match = _OLD_CONFERENCE.fullmatch("".join(names[:1]))
    if not match:
        return None
    del names[0]
    name, year, workshops = match[1].lower(), match[2], match[3] or ""
    name = name if year <= _LOWER.get(name, "") else name.upper()
    return f"content_{name}_{year}{workshops.lower()}"


# --- PMLR and JMLR ------------------------------------------------------------------------

_PMLR_VOLUME = re.compile(r"[vr][0-9]{1,4}")
_PMLR_NAME = re.compile(r"([A-Za-z][A-Za-z0-9_-]*[0-9][a-z]{0,3})(?:\.(?:html|pdf|bib))?")
_JMLR_VOLUME = re.compile(r"v(?:olume)?([0-9]{1,3})")
_JMLR_NAME = re.compile(
    r"([0-9]{2}-[0-9]{3,5}|[a-z][a-z-]*[0-9]{2}[a-z])(?:\.(?:html|pdf|bib|ps))?(?:\.gz)?"
)


def _pmlr_at(place: Place) -> PaperId | None:
    return _pmlr(place.segments)


def _pmlr(names: Sequence[str]) -> PaperId | None:
    """Return the paper at `v202/li23a.html`, `v202/li23a/li23a.pdf` or `v37/li15.pdf`."""
    if len(names) not in (2, 3) or not _PMLR_VOLUME.fullmatch(names[0]):
        return None
    match = _PMLR_NAME.fullmatch(names[1])
    return PaperId(PaperScheme.pmlr, f"{names[0]}/{match[1]}") if match else None


def _pmlr_at_github(place: Place) -> PaperId | None:
    """Return the paper at `mlresearch/v235/main/assets/li24a/li24a.pdf`."""
    if not place.path.startswith("/mlresearch/"):
        return None
    _, volume, *names = place.segments or ["", ""]
    return _pmlr([volume, *names[names.index("assets") + 1 :]]) if "assets" in names else None


def _jmlr_at(place: Place) -> PaperId | None:
    names = place.segments
    if names[:2] == ["proceedings", "papers"]:  # where PMLR's were first
        return _pmlr(names[2:])
    if len(names) not in (3, 4) or names[0] != "papers":
        return None
    volume, name = _JMLR_VOLUME.fullmatch(names[1]), _JMLR_NAME.fullmatch(names[-1])
    return PaperId(PaperScheme.jmlr, f"v{int(volume[1])}/{name[1]}") if volume and name else None


# --- NeurIPS ------------------------------------------------------------------------------

_NEURIPS = re.compile(
    r"/+paper(?:_files/paper)?/([0-9]{4})/(?:hash|file)/([0-9a-f]{6,64})-[A-Za-z]+"
    r"(?:-([A-Za-z0-9_]+))?\.[a-z]+"
    r"|/+paper/([0-9]{1,5}-[a-z0-9-]+)(?:\.pdf)?/?"
)


def _neurips_at(place: Place) -> PaperId | None:
    match = _NEURIPS.fullmatch(place.path)
    if not match:
        return None
    # The conference's own track is often left out.
    track = f"-{match[3]}" if match[3] not in (None, "Conference") else ""
    return PaperId(PaperScheme.neurips, match[4] or f"{match[1]}/{match[2]}{track}")


# --- All of them --------------------------------------------------------------------------

_At = Callable[[Place], PaperId | None]
#: Registries by host; what stands below one of these hosts is the same site.
_REGISTRIES: dict[str, tuple[str, _At]] = {
    "arxiv.org": ("arXiv", _arxiv_at),
    "doi.org": ("DOI", _doi_at),
    "biorxiv.org": ("bioRxiv", _preprint_at),
    "medrxiv.org": ("medRxiv", _preprint_at),
    "openreview.net": ("OpenReview", _openreview_at),
    "aclanthology.org": ("ACL", _acl_at),
    "aclanthology.info": ("ACL", _acl_at),
    "aclanthology.coli.uni-saarland.de": ("ACL", _acl_at),
    "openaccess.thecvf.com": ("CVF", _cvf_at),
    "proceedings.mlr.press": ("PMLR", _pmlr_at),
    "jmlr.org": ("JMLR", _jmlr_at),
    "jmlr.csail.mit.edu": ("JMLR", _jmlr_at),
    "papers.nips.cc": ("NeurIPS", _neurips_at),
    "proceedings.nips.cc": ("NeurIPS", _neurips_at),
    "papers.neurips.cc": ("NeurIPS", _neurips_at),
    "proceedings.neurips.cc": ("NeurIPS", _neurips_at),
    "datasets-benchmarks-proceedings.neurips.cc": ("NeurIPS", _neurips_at),
}
#: Sites that have other pages too.
_SITES: dict[str, _At] = {
    **dict.fromkeys(_ARXIV_SITES, _arxiv_at),
    **{host: at for host, (_, at) in _REGISTRIES.items()},
    "aclweb.org": _acl_at,
    "cv-foundation.org": _cvf_at,
    "link.springer.com": _journal_at,
    "frontiersin.org": _journal_at,
    "github.com": _pmlr_at_github,
    "raw.githubusercontent.com": _pmlr_at_github,
}


def _parent(host: str) -> str:
    """Return the host that another stands below."""
    return host.partition(".")[2]


def paper_at(place: Place) -> PaperId | None:
    """Return the paper whose page or file is there, whatever its version or format."""
    at = _SITES.get(place.host) or _SITES.get(_parent(place.host))
    return (at(place) if at else None) or _doi_at(place)


#: A segment of a path that is an id. Behind a DOI there may be anything.
_LOOKS = re.compile(rf"(?<=/)(?:({_GIVEN})(?:v[0-9]+)?(?:\.[a-z]+)?(?=/|$)|10\.[0-9]{{4,9}}/.)")


def registry_like(place: Place) -> str | None:
    """Return the name of the registry that an address of no known form looks to be of."""
    registry = _REGISTRIES.get(place.host) or _REGISTRIES.get(_parent(place.host))
    if registry and place.segments:
        return registry[0]
    match = _LOOKS.search(place.path)
    return ("arXiv" if match[1] else "DOI") if match else None


_ALONE = re.compile(
    rf"[ \t]*\[?[ \t]*({_GIVEN}"
    r"|(?:astro-ph|cmp-lg|cond-mat|cs|gr-qc|hep-(?:ex|lat|ph|th)|math|math-ph|nlin|nucl-(?:ex|th)"
    r"|physics|q-alg|q-bio|quant-ph)(?:\.[A-Za-z-]{2,9})?/[0-9]{7})(?:v[0-9]{1,3})?"
    r"[ \t]*\]?(?:[ \t]*\[[a-z-]{2,9}(?:\.[A-Za-z-]{2,9})?\])?[ \t]*"
)


def arxiv_alone(text: str) -> PaperId | None:
    """Return the paper of a text that is nothing but an arXiv number, with or without a class."""
    match = _ALONE.fullmatch(text)
    return arxiv(match[1]) if match else None
