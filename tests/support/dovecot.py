"""An IMAP server of the tests' own: Dovecot, in a folder, with a certificate made for it."""

from __future__ import annotations

import getpass
import imaplib
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.newsletter import until

PASSWORD = "p/ss wörd@%"
#: Whoever logs in has an account of their own; root may not.
_USER = "nobody" if os.geteuid() == 0 else getpass.getuser()
#: Debian's package brings these two; who is not root can be nobody else.
_ITS_USERS = ("dovenull", "dovecot") if os.geteuid() == 0 else (_USER, _USER)
#: A package of its own in Debian: dovecot-lmtpd.
_HAS_LMTP = Path("/usr/lib/dovecot/lmtp").exists()
_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = {protocols}
listen = 127.0.0.1
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = yes
auth_failure_delay = 0
default_login_user = {login}
default_internal_user = {internal}
default_internal_group = {internal_group}
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=anybody {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u allow_all_users=yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  unix_listener {folder}/lmtp {{
    mode = 0600
  }}
}}
service anvil {{
  chroot =
}}
"""

#: For tests that want a server: one process of the tests starts one.
needs_dovecot = [
    pytest.mark.skipif(
        not os.environ.get("CI") and shutil.which("dovecot") is None, reason="needs Dovecot"
    ),
    pytest.mark.xdist_group("dovecot"),
]


#: For tests that want to deliver to it.
needs_lmtp = pytest.mark.skipif(
    not os.environ.get("CI") and not _HAS_LMTP, reason="needs Dovecot's LMTP server"
)


class Account:
    """Somebody's mail on a server."""

    def __init__(self, server: Server, user: str) -> None:
        self.server = server
        self.user = user

    def url(self, folder: str = "", *, scheme: str = "imaps", password: str = "") -> str:
        """Return where a folder is; `password` is percent-encoded."""
        port = self.server.imaps if scheme == "imaps" else self.server.imap
        password = password or "p%2Fss%20w%C3%B6rd%40%25"
        return f"{scheme}://{self.user}:{password}@localhost:{port}/{folder}"

    @contextmanager
    def _connected(self) -> Iterator[imaplib.IMAP4_SSL]:
        context = ssl.create_default_context(cafile=self.server.certificate)
        with imaplib.IMAP4_SSL("localhost", self.server.imaps, ssl_context=context) as box:
            box.authenticate("PLAIN", lambda _: f"\0{self.user}\0{PASSWORD}".encode())
            yield box

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        """Return the mails of a folder."""
        with self._connected() as box:
            box.select(folder, readonly=True)
            _, answer = box.fetch("1:*", "(BODY.PEEK[])")
        return [each[1] for each in answer if isinstance(each, tuple)]

    def append(self, *mails: bytes, folder: str = "INBOX") -> None:
        """Deliver mails to a folder, which is made when it is not there."""
        with self._connected() as box:
            if folder != "INBOX":
                box.create(folder)
            for mail in mails:
                kind, said = box.append(folder, "", "", mail.replace(b"\n", b"\r\n"))
                assert kind == "OK", said

    def flags(self, folder: str = "INBOX") -> list[str]:
        """Return the flags of each mail, but for what says that it is new."""
        with self._connected() as box:
            box.select(folder, readonly=True)
            _, answer = box.fetch("1:*", "(FLAGS)")
        flags = [re.search(rb"FLAGS \((.*?)\)", each) for each in answer if isinstance(each, bytes)]
        return [each[1].decode().replace("\\Recent", "").strip() for each in flags if each]

    def delete(self, number: int) -> None:
        """Delete a mail of the inbox."""
        with self._connected() as box:
            box.select()
            box.store(str(number), "+FLAGS", r"(\Deleted)")
            box.expunge()

    def kick(self) -> None:
        """Break all connections, as a server that goes down does."""
        self._ask("kick")
        until(lambda: self.user not in self._ask("who"), "the end of all connections")

    def _ask(self, what: str) -> str:
        command = ["doveadm", "-c", str(self.server.config), what, self.user]
        return subprocess.run(command, check=False, capture_output=True, encoding="utf-8").stdout


class Server:
    """A server that is running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "dovecot.conf"
        self.certificate = folder / "cert.pem"
        self.imap, self.imaps = _free_ports()
        #: The socket where it takes mail by LMTP.
        self.lmtp = folder / "lmtp"
        self._accounts = 0

    def account(self) -> Account:
        """Return somebody new, without mail."""
        self._accounts += 1
        return Account(self, f"reader{self._accounts}")

    def named(self, user: str) -> Account:
        """Return the mail of somebody in particular."""
        return Account(self, user)


def _free_ports() -> tuple[int, int]:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        return one.getsockname()[1], two.getsockname()[1]


@contextmanager
def server() -> Iterator[Server]:
    """Run one."""
    assert shutil.which("dovecot"), "Dovecot is not installed"
    # A socket's path may have 108 characters.
    with tempfile.TemporaryDirectory(prefix="publisher-dovecot-", dir="/tmp") as name:
        found = Server(Path(name))
        _prepare(found)
        command = ["dovecot", "-c", str(found.config)]
        # It returns when it listens; what stays behind would keep a pipe open.
        with (found.folder / "said").open("w") as said:
            started = subprocess.run(command, check=False, stdout=said, stderr=said)
        assert started.returncode == 0, (found.folder / "said").read_text(encoding="utf-8")
        try:
            yield found
        finally:
            subprocess.run([*command, "stop"], check=True, capture_output=True)


def _prepare(found: Server) -> None:
    folder = found.folder
    folder.chmod(0o755)
    for name in ("run", "state", "mail"):
        (folder / name).mkdir()
    group = "nogroup" if _USER == "nobody" else str(os.getegid())
    shutil.chown(folder / "mail", _USER)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost",
         "-keyout", str(folder / "key.pem"), "-out", str(found.certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "users").write_text(f"anybody:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
    login, internal = _ITS_USERS
    found.config.write_text(
        _CONFIG.format(
            folder=folder,
            protocols="imap lmtp" if _HAS_LMTP else "imap",
            login=login,
            internal=internal,
            internal_group=internal if os.geteuid() == 0 else group,
            user=_USER,
            group=group,
            imap=found.imap,
            imaps=found.imaps,
        ),
        encoding="utf-8",
    )
