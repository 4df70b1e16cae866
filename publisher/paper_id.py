"""What tells one paper from others, wherever it is linked to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import NamedTuple
from urllib.parse import quote


class PaperScheme(StrEnum):
    """The registries that give a paper an identity."""

    arxiv = "arxiv"
    doi = "doi"
    openreview = "openreview"
    acl = "acl"
    cvf = "cvf"
    pmlr = "pmlr"
    jmlr = "jmlr"
    neurips = "neurips"


#: The Crossref prefixes of the ACL: behind each stands an id of its Anthology.
ACL_DOIS = ("10.18653/v1/", "10.3115/v1/")

#: Bytes: POSIX's and NTFS's longest name of a folder; and a path that leaves room before and
#: after it where the shortest limit stands (macOS's PATH_MAX, 1,024).
_LONGEST_NAME, _LONGEST_PATH = 255, 800
#: What is left of each part of an identity that is longer: enough to be recognised.
_SHORT = 80
#: PMLR's volumes whose PDFs stand beside their pages, except for volume 54, and those whose PDFs
#: GitHub has.
_FLAT, _FOLDERS, _AT_GITHUB = range(28, 65), 54, (228, 235)
_ALL_AT_GITHUB = 244
#: The year from which on NeurIPS names a paper's track in its address.
_FIRST_WITH_TRACKS = "2022"


def _doi(value: str) -> str:
    return "https://doi.org/" + quote(value, safe="/:;()")


def _cvf(value: str, folder: str, suffix: str) -> str:
    """Return the address of a paper's file in a folder, `html` or `papers`, of its conference."""
    conference, *workshop, name = value.split("/")
    if not conference.startswith("content_"):
        parts = ["content", conference, *workshop, folder, name]
    elif conference.endswith("_workshops") and folder == "html":
        parts = [conference, *workshop, folder, name]
    else:
        parts = [conference, folder, *workshop, name]
    return f"https://openaccess.thecvf.com/{'/'.join(parts)}{suffix}"


def _pmlr_pdf(value: str) -> str:
    volume, _, name = value.partition("/")
    number = int(volume[1:])
    if number >= _ALL_AT_GITHUB or number in _AT_GITHUB:
        place = f"raw.githubusercontent.com/mlresearch/{volume}/main/assets/{name}"
    elif number in _FLAT and number != _FOLDERS:
        place = f"proceedings.mlr.press/{volume}"
    else:
        place = f"proceedings.mlr.press/{volume}/{name}"
    return f"https://{place}/{name}.pdf"


def _jmlr_pdf(value: str) -> str:
    volume, _, name = value.partition("/")
    return f"https://jmlr.org/papers/volume{volume[1:]}/{name}/{name}.pdf"


def _neurips(value: str, folder: str, kind: str, suffix: str) -> str:
    year, _, rest = value.partition("/")
    if not rest:  # an address of before 2020, which leads on
        return f"https://papers.nips.cc/paper/{value}" + ("" if suffix == ".html" else suffix)
    digest, _, track = rest.partition("-")
    track = track or ("Conference" if year >= _FIRST_WITH_TRACKS else "")
    # The Datasets and Benchmarks of 2021 have a site of their own.
    host = "datasets-benchmarks-proceedings" if track.startswith("round") else "proceedings"
    name = f"{digest}-{kind}-{track}" if track else f"{digest}-{kind}"
    return f"https://{host}.neurips.cc/paper_files/paper/{year}/{folder}/{name}{suffix}"


class _Registry(NamedTuple):
    """What is known of a registry."""

    #: What people call it.
    name: str
    #: Give the addresses of a paper's page and PDF.
    page: Callable[[str], str]
    pdf: Callable[[str], str | None]


_REGISTRIES = {
    PaperScheme.arxiv: _Registry(
        "arXiv", "https://arxiv.org/abs/{}".format, "https://arxiv.org/pdf/{}".format
    ),
    PaperScheme.doi: _Registry("DOI", _doi, lambda _: None),
    PaperScheme.openreview: _Registry(
        "OpenReview",
        "https://openreview.net/forum?id={}".format,
        "https://openreview.net/pdf?id={}".format,
    ),
    PaperScheme.acl: _Registry(
        "ACL", "https://aclanthology.org/{}/".format, "https://aclanthology.org/{}.pdf".format
    ),
    PaperScheme.cvf: _Registry(
        "CVF",
        partial(_cvf, folder="html", suffix=".html"),
        partial(_cvf, folder="papers", suffix=".pdf"),
    ),
    PaperScheme.pmlr: _Registry("PMLR", "https://proceedings.mlr.press/{}.html".format, _pmlr_pdf),
    PaperScheme.jmlr: _Registry("JMLR", "https://jmlr.org/papers/{}.html".format, _jmlr_pdf),
    PaperScheme.neurips: _Registry(
        "NeurIPS",
        partial(_neurips, folder="hash", kind="Abstract", suffix=".html"),
        partial(_neurips, folder="file", kind="Paper", suffix=".pdf"),
    ),
}


class PaperId(NamedTuple):
    """A paper's identity across issues: an arXiv id without its version, a DOI, or another's."""

    scheme: PaperScheme
    #: `2408.05211`, `cs/0112017` (arXiv); `10.1145/3292500.3330701` (a DOI, in lower case);
    #: `rJXMpikCZ` (OpenReview, where case counts); `2024.acl-long.1`, `P19-1001` (ACL);
    #: `CVPR2024/Li_Words_CVPR_2024_paper`, `content_CVPRW_2019/Vision/…` (CVF);
    #: `v202/li23a` (PMLR); `v25/23-0001` (JMLR); `2023/0a1b…`, with `-` and a track that is not
    #: the conference's own, or `7181-title-words` (NeurIPS).
    value: str

    @property
    def key(self) -> str:
        """Return the one string it is stored, compared and addressed by: a safe relative path.

        An arXiv id stands as it is. Any other may hold characters that no path can (a DOI even
        all, DOI Handbook 2.2), differ from another in case alone, or be too long: it is made
        plain ASCII in lower case then, and told apart by a hash.
        """
        if self.scheme is PaperScheme.arxiv:
            return self.value
        safe = re.sub(r"[^a-z0-9._/-]", "_", self.value.lower())
        safe = re.sub(r"(?:^|(?<=/))(?:\.+|)(?=/|$)", "_", safe)
        # `10.1/a/index.html` would be a folder where the page of `10.1/a` is.
        safe = re.sub(r"(?:^|(?<=/))(?=index\.html)", "_", safe)
        if safe != self.value:
            safe += f"-{self._hash}"
        if len(safe) > _LONGEST_PATH or max(map(len, safe.split("/"))) > _LONGEST_NAME:
            # One paper without a folder would keep every page and feed from being written.
            registrant, _, name = safe.partition("/")
            safe = f"{registrant[:_SHORT]}/{name[:_SHORT].replace('/', '_')}-{self._hash}"
        return f"{self.scheme.value}/{safe}"

    @property
    def _hash(self) -> str:
        return hashlib.sha256(self.value.encode()).hexdigest()[:8]

    @property
    def registry(self) -> str:
        """Return what people call its registry."""
        return _REGISTRIES[self.scheme].name

    @property
    def name(self) -> str:
        """Return what people call it by: `arXiv:2408.05211`, `OpenReview:rJXMpikCZ`."""
        if self.scheme is PaperScheme.doi:
            return f"doi:{self.value}"
        if self.scheme is PaperScheme.cvf:
            return f"CVF:{self.value.rpartition('/')[2].removesuffix('_paper')}"
        return f"{self.registry}:{self.value}"

    @property
    def url(self) -> str:
        """Return the paper's page at its registry."""
        return _REGISTRIES[self.scheme].page(self.value)

    @property
    def pdf(self) -> str | None:
        """Return its PDF at its registry; None for a DOI, which leads to no file."""
        return _REGISTRIES[self.scheme].pdf(self.value)

    @property
    def dois(self) -> tuple[PaperId, ...]:
        """Return the DOIs that it may be registered under, and that are no identity of their own.

        Older programs took those of the ACL for one.
        """
        if self.scheme is not PaperScheme.acl:
            return ()
        return tuple(PaperId(PaperScheme.doi, prefix + self.value.lower()) for prefix in ACL_DOIS)
