"""A WebSub hub on this machine: it takes what publishers say, and answers as it is told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class Hub:
    """What it was told, and what it answers."""

    def __init__(self, url: str) -> None:
        self.url = url
        #: The topics, in the order in which it was told of them.
        self.told: list[str] = []
        #: Of each request: path and form.
        self.requests: list[tuple[str, dict[str, list[str]]]] = []
        #: What it answers next: a status, or one with a Location. Then it takes all.
        self.answers: list[int | tuple[int, str]] = []
        #: While this is not set it has a request and says nothing.
        self.speaks = threading.Event()
        self.speaks.set()
        #: Set when it is being silent.
        self.silent = threading.Event()

    def hear(self, path: str, form: dict[str, list[str]]) -> tuple[int, str]:
        """Take one request, and give the answer."""
        self.requests.append((path, form))
        answer = self.answers.pop(0) if self.answers else 202
        status, location = answer if isinstance(answer, tuple) else (answer, "")
        if status // 100 == 2:
            assert form["hub.mode"] == ["publish"]
            self.told += form["hub.url"]
        return status, location


@contextmanager
def hub() -> Iterator[Hub]:
    """Run one."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if not found.speaks.is_set():
                found.silent.set()
                found.speaks.wait()
                return
            status, location = found.hear(self.path, parse_qs(body))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Hub(f"http://127.0.0.1:{server.server_port}/hub")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield found
    finally:
        found.speaks.set()
        server.shutdown()
        thread.join()
        server.server_close()
