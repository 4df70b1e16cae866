"""A newsletter that `serve` serves, and who visits it."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.e2e.newsletter import PATIENCE, Newsletter, Started, until

#: As the server has it; a person is slower.
QUICKEST = 2.0


@dataclass
class Desk:
    """A newsletter that is served."""

    newsletter: Newsletter
    server: Started
    url: str

    def post(self, path: str, **form: str) -> tuple[int, str]:
        """Send a form."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        with closing(connection):
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(form), headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def get(self, path: str) -> str:
        """Open a page."""
        with closing(HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)) as connection:
            connection.request("GET", path)
            return connection.getresponse().read().decode()

    def stamps(self, number: int) -> list[str]:
        """Open forms, and give their stamps when they are as old as a person would make them."""
        pages = [self.get("/subscribe") for _ in range(number)]
        time.sleep(QUICKEST)  # what the server waits for is time itself
        return [re.findall(r'name="stamp" value="([^"]+)"', page)[0] for page in pages]

    def mail(self, number: int = 1) -> EmailMessage:
        """Wait for that many mails, and give the last that came."""
        until(lambda: len(self.newsletter.mails()) >= number, "mail")
        box = self.newsletter.root / ".publisher" / "outbox" / "new"
        newest = max(box.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        return next(each for each in self.newsletter.mails() if bytes(each) and _is(each, newest))

    def link(self, number: int = 1) -> str:
        """Return the link in the plain text of the newest mail."""
        part = self.mail(number).get_body(("plain",))
        assert part
        found = re.search(rf"<({re.escape(self.url)}\S+)>", str(part.get_content()))
        assert found
        return found[1]


def _is(message: EmailMessage, path: Path) -> bool:
    return str(message["Message-ID"]).encode() in path.read_bytes()


@contextmanager
def served(newsletter: Newsletter, *options: str) -> Iterator[Desk]:
    """Run the server of a newsletter until it is well."""
    for _ in range(3):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        url = f"http://localhost:{port}/"
        newsletter.set("web", url=url, port=port, host="localhost")
        with newsletter.started("serve", *options) as server:
            until(partial(_settled, server, port), "the server")
            if "cannot listen" in str(server.err):
                continue  # another program was quicker to take the port
            assert server.process.poll() is None, server.err
            yield Desk(newsletter, server, url)
            return
    raise AssertionError(server.err)


def _settled(server: Started, port: int) -> bool:
    return _listens(port) or server.process.poll() is not None


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        return False
    return True
