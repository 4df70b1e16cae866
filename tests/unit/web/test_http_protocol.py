"""What speaks HTTP is ours where uvicorn is as tested, and uvicorn's own elsewhere."""

import sys

import pytest

from publisher import app
from publisher.web import request_timeout


def test_uvicorn_is_as_tested() -> None:
    """The version of uvicorn that is installed keeps what our protocol uses of it."""
    assert app._http_protocol() is request_timeout.RequestTimeoutProtocol


def test_uvicorn_keeps_it_elsewhere(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """If another version does not, it serves by itself, and the log says so in one line."""
    monkeypatch.setattr(request_timeout, "_KEPT", frozenset(("moved",)))
    assert app._http_protocol() == "auto"
    assert ["this version of uvicorn" in record.message for record in caplog.records] == [True]


def test_uvicorn_has_no_such_protocol(monkeypatch: pytest.MonkeyPatch) -> None:
    """So does one in which the protocol has another place."""
    monkeypatch.setitem(sys.modules, "publisher.web.request_timeout", None)
    monkeypatch.delattr("publisher.web.request_timeout", raising=False)
    assert app._http_protocol() == "auto"
