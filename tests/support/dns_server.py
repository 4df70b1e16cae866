"""DNS for tests: zones as data, asked directly or through a real server on 127.0.0.1."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset

from publisher.doctor.dns import Answer, Ask, Status

#: Records by name and type, as in a zone file (a TXT without its quotes), or what goes wrong.
Zone: TypeAlias = Mapping[tuple[str, str], Sequence[str] | Status]

_FAILURES = {Status.failed: "SERVFAIL", Status.late: "no answer in 4 seconds"}
_SMALL = 512


def facts(zone: Zone) -> Ask:
    """Return what DNS would answer of a zone."""

    def ask(name: str, kind: str) -> Answer:
        values = zone.get((name, kind))
        if isinstance(values, Status):
            return Answer(values, words=_FAILURES.get(values, ""))
        if values is None:
            known = any(name == other for other, _ in zone)
            return Answer(Status.no_record if known else Status.no_name)
        if kind == "MX":
            values = [each.split()[1] for each in sorted(values, key=lambda v: int(v.split()[0]))]
        if kind in ("MX", "PTR"):
            values = [each.removesuffix(".") for each in values]
        return Answer(Status.found, tuple(values))

    return ask


@contextmanager
def name_server(zone: Zone) -> Iterator[dns.resolver.Resolver]:
    """Serve a zone over UDP and TCP; return a resolver that asks there and nowhere else."""
    udp, tcp = _pair(zone)
    with udp, tcp:
        servers = (udp, tcp)
        threads = [threading.Thread(target=each.serve_forever, args=(0.02,)) for each in servers]
        for thread in threads:
            thread.start()
        found = dns.resolver.Resolver(configure=False)
        found.nameservers = ["127.0.0.1"]
        found.port = udp.port
        try:
            yield found
        finally:
            for server, thread in zip(servers, threads, strict=True):
                server.shutdown()
                thread.join()


def _pair(zone: Zone) -> tuple[_Udp, _Tcp]:
    """Listen at one port in both ways; one that is free for UDP may be taken for TCP."""
    while True:
        udp = _Udp(0, zone)
        try:
            return udp, _Tcp(udp.port, zone)
        except OSError:
            udp.server_close()


def _response(wire: bytes, zone: Zone) -> dns.message.Message | None:
    query = dns.message.from_wire(wire)
    response = dns.message.make_response(query)
    response.flags |= dns.flags.RA
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    values = zone.get((name, dns.rdatatype.to_text(question.rdtype)))
    if values is Status.late:
        return None
    if values is Status.failed:
        response.set_rcode(dns.rcode.SERVFAIL)
    elif isinstance(values, Status) or values is None:
        if not any(name == known for known, _ in zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
    else:
        texts = [_quoted(each) if question.rdtype == dns.rdatatype.TXT else each for each in values]
        response.answer.append(
            dns.rrset.from_text_list(question.name, 60, dns.rdataclass.IN, question.rdtype, texts)
        )
    return response


def _quoted(text: str) -> str:
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))


class _Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Udp)
        wire, server = self.request
        response = _response(wire, self.server.zone)
        if response is None:
            return
        content = response.to_wire()
        if len(content) > _SMALL:  # RFC 1035 4.2.1: the client is to ask again over TCP
            response.answer.clear()
            response.flags |= dns.flags.TC
            content = response.to_wire()
        server.sendto(content, self.client_address)


class _Stream(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, _Tcp)
        length = self.rfile.read(2)
        if not length:  # rspamd connects before it has anything to ask
            return
        (size,) = struct.unpack("!H", length)
        response = _response(self.rfile.read(size), self.server.zone)
        if response is not None:
            content = response.to_wire()
            self.wfile.write(struct.pack("!H", len(content)) + content)


class _Udp(socketserver.UDPServer):
    def __init__(self, port: int, zone: Zone) -> None:
        self.zone = zone
        super().__init__(("127.0.0.1", port), _Datagram)
        self.port: int = self.socket.getsockname()[1]


class _Tcp(socketserver.TCPServer):
    allow_reuse_address = True

    def __init__(self, port: int, zone: Zone) -> None:
        self.zone = zone
        super().__init__(("127.0.0.1", port), _Stream)
