"""A mail server of the tests' own: Postfix, in a folder, that takes our mail and returns it."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: As docs/how-to/bounces.md has it.
_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
myhostname = relay.example.org
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
smtp_host_lookup = native
transport_maps = inline:{{ example.org=smtp:[127.0.0.1]:{world} }}
virtual_mailbox_domains = bounces.example.org
recipient_delimiter = +
virtual_mailbox_maps = inline:{{ bounces@bounces.example.org=bounces/ }}
virtual_mailbox_base = {folder}/mail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_security_level = may
smtpd_tls_chain_files = {folder}/tls.pem
{more}
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
retry unix - - n - - error
error unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

#: It runs as root only: each of its programs becomes somebody else.
needs_postfix = [
    pytest.mark.skipif(
        not os.environ.get("CI") and (shutil.which("postfix") is None or os.geteuid() != 0),
        reason="needs Postfix, and root to run it",
    ),
    pytest.mark.xdist_group("postfix"),
]


class Server:
    """A server that is running."""

    def __init__(self, folder: Path) -> None:
        self.maildir = folder / "mail" / "bounces"
        self.log = folder / "log"
        #: Its certificate, which nobody vouches for, for relay.example.org.
        self.certificate = folder / "tls.pem"
        #: What takes a mail as `sendmail` does.
        self.program = folder / "sendmail"
        with socket.create_server(("127.0.0.1", 0)) as found:
            self.port = found.getsockname()[1]

    @property
    def url(self) -> str:
        """Return it as the setting mail.relay."""
        return f"smtp://127.0.0.1:{self.port}"

    def returned(self) -> list[Path]:
        """Return the new mails that came back."""
        return list((self.maildir / "new").glob("*"))


@contextmanager
def server(world: int, more: str = "") -> Iterator[Server]:
    """Run one that hands mail for example.org to a server at the port `world`.

    `more` are lines for its main.cf.
    """
    assert shutil.which("postfix"), "Postfix is not installed"
    # A socket's path may have 108 characters.
    with tempfile.TemporaryDirectory(prefix="publisher-postfix-", dir="/tmp") as name:
        folder = Path(name)
        found = Server(folder)
        folder.chmod(0o755)
        nobody = pwd.getpwnam("nobody")
        for part, owner in (("queue", "root"), ("data", "postfix"), ("mail", "nobody")):
            (folder / part).mkdir()
            shutil.chown(folder / part, owner)
        (folder / "main.cf").write_text(
            _MAIN.format(
                folder=folder, world=world, uid=nobody.pw_uid, gid=nobody.pw_gid, more=more
            ),
            encoding="ascii",
        )
        (folder / "master.cf").write_text(_MASTER.format(port=found.port), encoding="ascii")
        (folder / "dynamicmaps.cf").touch()
        _certify(found.certificate)
        found.program.write_text(
            f'#!/bin/sh\nMAIL_CONFIG={folder} exec /usr/sbin/sendmail "$@"\n', encoding="ascii"
        )
        found.program.chmod(0o755)
        _tell(folder, "start")
        try:
            yield found
        finally:
            _tell(folder, "stop")


def _certify(file: Path) -> None:
    """Make a certificate as Debian's ssl-cert does, and its key."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "30", "-subj", "/CN=relay.example.org",
         "-addext", "subjectAltName=DNS:relay.example.org",
         "-addext", "basicConstraints=critical,CA:FALSE",
         "-keyout", str(file), "-out", str(file.with_suffix(".crt"))],
        check=True, capture_output=True,
    )  # fmt: skip
    with file.open("ab") as both:
        both.write(file.with_suffix(".crt").read_bytes())


def _tell(folder: Path, what: str) -> None:
    # It returns when it listens, or has ended; what stays behind would keep a pipe open.
    with (folder / "said").open("w") as said:
        command = ["postfix", "-c", str(folder), what]
        done = subprocess.run(command, check=False, stdout=said, stderr=said)
    log = folder / "log"
    told = (folder / "said").read_text() + (log.read_text() if log.exists() else "")
    assert done.returncode == 0, told
