"""Paths of pages and feeds below base_url. Every package that makes a link asks here."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.paper_id import PaperId

#: The site's sign; a newsletter's own `templates/assets/` may have another.
FAVICON = "favicon.svg"


def issue_path(slug: str) -> str:
    """Return the folder of an issue's page, with a slash at the end."""
    return f"issues/{slug}/"


def paper_path(paper: PaperId) -> str:
    """Return the folder of a paper's page, with a slash at the end."""
    return f"papers/{paper.key}/"


def archive_path(number: int) -> str:
    """Return the folder of one page of the archive, counted from the oldest (1)."""
    return f"archive/{number}/"


@dataclass(frozen=True, slots=True)
class FeedAddress:
    """One feed as a reader finds it."""

    #: `issues` or `papers`.
    name: str
    #: `atom`, `rss` or `json`.
    format: str

    @property
    def path(self) -> str:
        """Return its file below base_url."""
        return f"feeds/{self.name}.{self.format}"

    @property
    def media_type(self) -> str:
        """Return its media type (RFC 4287 7, RSS Advisory Board, JSON Feed 1.1)."""
        kind = "feed+json" if self.format == "json" else f"{self.format}+xml"
        return f"application/{kind}"


#: Every feed there is, the one a reader should take by default first.
FEEDS = tuple(
    FeedAddress(name, kind) for name in ("issues", "papers") for kind in ("atom", "rss", "json")
)


def path_to_root(folder: str) -> str:
    """Return the relative path from a folder's page to base_url: `../../` for `issues/000/`."""
    return "../" * folder.count("/")


def page_link(root: str, folder: str) -> str:
    """Return the relative link to a folder's page; `root` is the linking page's `path_to_root`.

    The link names index.html, so that pages also work as local files, without a server.
    """
    return f"{root}{folder}index.html"
