"""Whatever is sent to whichever route, the server answers, keeps its promises and tells nothing."""

from __future__ import annotations

import string
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from publisher.storage import subscribers
from publisher.subscribers.tokens import Purpose
from tests.support.newsletter_folder import SETTINGS, fresh_database
from tests.support.web_visitors import ANN, Site

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]
#: Every route, a part of a path to fill in.
ROUTES = [
    *("/healthz", "/subscribe", "/confirm/{}", "/unsubscribe/{}", "/manage/{}", "/manage/{}/undo"),
    *("/", "/{}"),
]
FIELDS = ["email", "stamp", "website", "lang", "language", "cadence", "List-Unsubscribe"]
#: What RFC 9110 lets a server say of a request, and nothing of its own fault.
HONEST = {200, 206, 304, 308, 400, 404, 405, 408, 410, 413, 416, 422, 429}

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
tokens = st.sampled_from(["leave", "confirm", "form"]) | anything
values = anything | st.sampled_from([ANN, "weekly", "zh-Hans", "en", "One-Click"])
forms = st.dictionaries(st.sampled_from(FIELDS) | anything, values, max_size=5)
header_text = st.text(string.printable.strip(), max_size=60)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Accept": header_text | st.just("text/html"),
        "Accept-Language": header_text,
        "Content-Type": header_text | st.just("application/x-www-form-urlencoded"),
        "X-Forwarded-For": header_text,
        "Cookie": header_text,
        "Range": header_text,
        "If-None-Match": header_text,
        "If-Modified-Since": header_text,
    },
)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Yield a server with Ann on the list."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "publisher.toml").write_text(SETTINGS, encoding="utf-8")
        (folder / "out").mkdir()
        (folder / "out" / "index.html").write_text("<main></main>", encoding="utf-8")
        (folder / "out" / "404.html").write_text("<main></main>", encoding="utf-8")
        with fresh_database(folder) as database:
            found = Site(database, folder, network=1_000_000)
            found.add()
            yield found


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("GET", "/confirm/{}", "0/", {}, b"", {})
@given(
    st.sampled_from(METHODS), st.sampled_from(ROUTES), tokens, forms, st.binary(max_size=200),
    headers,
)  # fmt: skip
def test_any_request(
    site: Site,
    method: str,
    route: str,
    token: str,
    form: dict[str, str],
    body: bytes,
    headers: dict[str, str],
) -> None:
    """An answer is honest, safe, and without an address or a cookie; GET changes nothing."""
    visitor = site.visitor()
    row = site.row()
    if token in ("leave", "confirm"):
        token = site.link(Purpose(token))
    elif token == "form":
        token = site.keys.link(Purpose.form, 0, 0)
    if "stamp" in form:
        moment = int((site.now - timedelta(seconds=5)).timestamp())
        form["stamp"] = site.keys.link(Purpose.form, moment, 0)
    site.log.clear()
    path = route.format(quote(token, safe=""))
    answer = (
        visitor.request(method, path, data=form, headers=headers)
        if form
        else visitor.request(method, path, content=body, headers=headers)
    )
    assert answer.status_code in HONEST
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "set-cookie" not in answer.headers
    typed = form.get("email", "")
    assert ANN not in answer.text.replace(typed, "") or ANN in typed
    assert ANN not in str(site.log)
    if method != "POST":
        assert row == site.row()
    elif site.row().status != "confirmed":  # Ann has left: she comes back for the next request
        with site.database.write() as connection:
            subscribers.put(connection, [row])
