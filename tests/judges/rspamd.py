"""rspamd with Debian's rules: processes of the tests' own, in a folder, with a DNS of the tests."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from publisher.commands.preview import READER
from tests.judges.mails import ADDRESS, HOST, SENDER
from tests.judges.spam import Verdict
from tests.support.dns_server import Zone, name_server

#: Without Redis nothing is learnt, and without Hyperscan nothing has to be compiled first.
_SETTINGS = """
.include "$CONFDIR/common.conf"
options {
    .include "$CONFDIR/options.inc"
    .include(priority=1; duplicate=merge) "$LOCAL_CONFDIR/options.inc"
    pidfile = "$RUNDIR/rspamd.pid";
}
logging { type = "file"; filename = "$LOGDIR/rspamd.log"; level = "warning"; }
worker "normal" { bind_socket = "systemd:0"; count = 1; }
"""
_OPTIONS = """
dns { nameserver = ["127.0.0.1:%d"]; }
local_addrs = [];
disable_hyperscan = true;
url_tld = "$LOCAL_CONFDIR/suffixes";
"""
#: Domains that anyone may register under. To compile all 9,600 takes eleven seconds of processor
#: time, those of one word and these one.
_SUFFIXES = Path("/usr/share/rspamd/effective_tld_names.dat")
_LONGER_SUFFIXES = ("github.io", "readthedocs.io", "co.uk", "com.cn")
#: These modules ask servers of other people.
_OFF = ("asn", "fuzzy_check", "rbl", "rspamd_update")
_FOLDERS = ("LOCAL_CONFDIR", "DBDIR", "LOGDIR", "RUNDIR")
#: What a mail server says of a mail: who sent it, and from where.
_ENVELOPE = {"IP": ADDRESS, "Helo": HOST, "Hostname": HOST, "From": SENDER, "Rcpt": READER}
_PATIENCE = 120

needs_rspamd = pytest.mark.skipif(
    not os.environ.get("CI") and not shutil.which("rspamd"), reason="needs rspamd"
)


class Rspamd:
    """A spam filter that is asked over HTTP."""

    def __init__(self, port: int) -> None:
        self._port = port

    def judged(self, message: bytes) -> Verdict:
        """Return the score of a mail, in hundredths, and its symbols."""
        answer = json.loads(self._ask("/checkv2", message))
        symbols = {name: symbol["score"] for name, symbol in answer["symbols"].items()}
        return Verdict(round(answer["score"], 2), symbols)

    def wait(self) -> None:
        """Wait until it answers. Raises OSError or HTTPException when it has ended."""
        self._ask("/ping", b"")

    def _ask(self, path: str, message: bytes) -> bytes:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)
        try:
            connection.request("POST", path, message, _ENVELOPE)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def rspamd(zone: Zone) -> Iterator[Rspamd]:
    """Run rspamd with the zone as the whole DNS."""
    with (
        tempfile.TemporaryDirectory(prefix="publisher-rspamd-") as name,
        name_server(zone) as resolver,
    ):
        folder = Path(name)
        (folder / "rspamd.conf").write_text(_SETTINGS)
        (folder / "options.inc").write_text(_OPTIONS % resolver.port)
        suffixes = re.findall(r"^[a-z]+$", _SUFFIXES.read_text(), re.MULTILINE)
        (folder / "suffixes").write_text("\n".join((*suffixes, *_LONGER_SUFFIXES, "")))
        (folder / "local.d").mkdir()
        for module in _OFF:
            (folder / "local.d" / f"{module}.conf").write_text("enabled = false;\n")
        with _started(folder) as found:
            try:
                found.wait()
            except (OSError, HTTPException):
                files = (folder / "said", folder / "rspamd.log")
                pytest.fail("\n".join(path.read_text() for path in files if path.exists()))
            yield found


@contextmanager
def _started(folder: Path) -> Iterator[Rspamd]:
    # It gets a socket that listens already, as systemd would give it one (number 3): a question
    # that comes while it starts waits for it, and no other process can have taken the port.
    listening = ["sh", "-c", 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$@" 3<&0', "sh"]
    variables = [f"--var={name}={folder}" for name in _FOLDERS]
    rspamd = ["rspamd", "-f", "-i", "-c", str(folder / "rspamd.conf"), *variables]
    with socket.create_server(("127.0.0.1", 0)) as ours, (folder / "said").open("w") as said:
        port = ours.getsockname()[1]
        process = subprocess.Popen(
            [*listening, *rspamd],
            stdin=ours.fileno(),
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        yield Rspamd(port)
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
