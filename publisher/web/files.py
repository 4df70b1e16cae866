"""out/ as a web server shows it."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

#: What the system's own table does not know, or knows otherwise.
_TYPES = {
    ".atom": "application/atom+xml",
    ".rss": "application/rss+xml",
    ".opml": "text/x-opml",
    ".txt": "text/plain; charset=utf-8",
}


class Files(StaticFiles):
    """The files under out/, which may still be to come."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True, check_dir=False)
        self.config_checked = True  # before the first build there is no folder, and so no file

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Give a file, with the media type that feed readers look for."""
        scope["served"] = "file"
        response = await super().get_response(path, scope)
        suffix = Path(path).suffix
        kind = _TYPES.get(suffix)
        if suffix == ".json" and path.startswith("feeds/"):
            kind = "application/feed+json"
        if kind and response.status_code == 200:  # noqa: PLR2004  (RFC 9110 15.3.1)
            response.headers["Content-Type"] = kind
        return response
