"""nginx and Caddy on this machine, with the lines that docs/how-to gives for them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "serve-the-site.md"
#: Debian keeps it where only root looks.
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CADDY = shutil.which("caddy")
_ROOT = "/srv/news/out"
_PATIENCE = 30.0
_NGINX = """
{user}
daemon off;
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    include {types};
    access_log off;
    sendfile on;
    client_body_temp_path {folder}/a;
    proxy_temp_path {folder}/b;
    fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d;
    scgi_temp_path {folder}/e;
{server}
}}
"""


@contextmanager
def nginx(out: Path, folder: Path, workers: int = 1) -> Iterator[str]:
    """Let nginx serve `out` as the guide says, its state in `folder`; return its address."""
    port = _free_port()
    server = _shown("server {").replace(_ROOT, str(out))
    server = server.replace("server_name news.example.org;", f"listen 127.0.0.1:{port};")
    types = folder / "mime.types"
    types.write_text(_mime_types(), encoding="ascii")
    config = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # it is to read a test's own folder
    config.write_text(
        _NGINX.format(folder=folder, user=user, workers=workers, types=types, server=server),
        encoding="utf-8",
    )
    command = [str(NGINX), "-p", str(folder), "-c", str(config), "-e", str(folder / "error.log")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with _running(command, port) as url:
        yield url


@contextmanager
def caddy(out: Path, folder: Path) -> Iterator[str]:
    """Let Caddy serve `out` as the guide says, its state in `folder`; return its address."""
    port = _free_port()
    site = _shown("news.example.org {").replace(_ROOT, str(out))
    site = site.replace("news.example.org {", f"http://127.0.0.1:{port} {{")
    config = folder / "Caddyfile"
    config.write_text(f"{{\n\tadmin off\n}}\n{site}", encoding="utf-8")
    command = [str(CADDY), "run", "--config", str(config), "--adapter", "caddyfile"]
    with _running(command, port, {"HOME": str(folder)}) as url:
        yield url


def _shown(first: str) -> str:
    """Return the block of the guide that begins with this line."""
    text = GUIDE.read_text(encoding="utf-8")
    found = re.search(rf"^```\w+\n({re.escape(first)}\n.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert found, f"{GUIDE.name} shows no {first}"
    return found[1]


def _mime_types() -> str:
    """Return nginx's own table (1.22) as far as it matters, wherever a system keeps it."""
    return (
        "types { text/html html; text/css css; text/xml xml; application/javascript js;"
        " text/plain txt; image/svg+xml svg svgz; image/png png; application/json json; }\n"
    )


@contextmanager
def _running(command: list[str], port: int, more: dict[str, str] | None = None) -> Iterator[str]:
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, **(more or {})},
    )
    try:
        end = time.monotonic() + _PATIENCE
        while not _listens(port):
            if process.poll() is not None or time.monotonic() > end:
                process.kill()
                raise AssertionError(process.communicate()[1].decode())
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.communicate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
