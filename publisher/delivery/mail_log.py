"""Which messages a relay accepted or refused, by its log. Pure.

Two forms are read: the lines Postfix gives to syslog, and JSON, an event a line. A message is
known by its Message-ID, which is one delivery's.

In Postfix's log `cleanup` names the Message-ID when it has read the headers, which is before the
message is whole, so that alone says nothing. What says that the relay answers for a message is
its way through the queue after that: `qmgr` took it up, or an attempt was made to deliver it. It
may have come back since; that is a bounce's matter.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

_NAMED = b"message-id=<"
#: Of a Message-ID of ours, so many characters before the @ tell it from all others.
_TAIL = 24
#: Postfix takes a message up as soon as it is whole. What was not within so many bytes of log
#: is not looked for any more, which would cost five times as much as all the rest.
_LONGEST_WAIT = 16 << 20
#: Syslog's tag, which the host stands before: syslog_name, `postfix` or another, perhaps the
#: service, program and process: `postfix/submission/smtpd[9512]`. Bounded, for any line is read.
_TAG = re.compile(rb" [\w./-]{1,99}/([\w-]{1,99})\[(\d{1,10})\]: ")
#: No line of Postfix's is longer.
_LONGEST_LINE = 4096
#: Short and long queue ids (enable_long_queue_ids), and what is said of them.
_QUEUED = re.compile(rb"([0-9A-Za-z]{6,24}): (.*)", re.DOTALL)
#: Before the message was whole. Once it is, Postfix says `after END-OF-MESSAGE`.
_CUT = re.compile(rb"(?:lost connection|timeout) after (?:DATA|BDAT)\b")
_REFUSED = (b"milter-reject: END-OF-MESSAGE ", b"reject: ")

#: Where an event names the message: in docs/reference/commands.md; Mailgun; SendGrid; Amazon SES.
_NAMES = (
    ("message_id",),
    ("message", "headers", "message-id"),
    ("smtp-id",),
    ("mail", "commonHeaders", "messageId"),
)
#: Where it says what became of it, in the same order.
_STATES = ("status", "event", "event", "eventType")
#: In the form of docs/reference/commands.md, of a message that the relay did not take.
_NOT_TAKEN = frozenset({"refused", "rejected"})
#: Of one that it took, whatever became of it. Amazon's `Reject` comes after it took a message;
#: Mailgun does not say when its `rejected` does, so that one says nothing.
_TAKEN = frozenset(
    [
        *("accepted", "queued", "processed", "send", "sent", "delivery", "delivered"),
        *("deferred", "deliverydelay", "failed", "bounce", "bounced", "expired", "dropped"),
        *("reject", "complaint", "complained", "open", "opened", "click", "clicked"),
    ]
)


class RelayLog:
    """Reads a log for some messages, and ignores all others."""

    def __init__(self, names: Collection[bytes]) -> None:
        """`names` are Message-IDs without angle brackets."""
        self._wanted = set(names)
        #: What Message-IDs end with, from the @ on, and what stands just before it: in JSON too,
        #: where what they begin with may be written as `\u003c`.
        self._domains = {name[name.rfind(b"@") :] for name in names}
        self._tails = {name[: name.rfind(b"@")][-_TAIL:] for name in names}
        #: Messages the relay had, and what the log says of them.
        self.taken: dict[bytes, str] = {}
        #: Messages it did not take at least once. It may have taken them later or before.
        self.refused: dict[bytes, str] = {}
        #: Messages whose fate is still to come, by host and queue id.
        #: With how much had been read when it was named.
        self._queued: dict[tuple[bytes, bytes], tuple[bytes, int]] = {}
        self._read = 0
        #: Which of them an smtpd is being given, by host and process.
        self._given: dict[tuple[bytes, bytes], tuple[bytes, bytes]] = {}
        self._before = b""

    def read(self, lines: bytes) -> None:
        """Read the next lines, complete and in the order they were written."""
        at = 0
        while (at := self._next_relevant(lines, at)) < len(lines):
            end = lines.find(b"\n", at) % (len(lines) + 1)
            line = lines[at : min(end, at + _LONGEST_LINE)]
            if (start := line.find(_NAMED)) >= 0 and _name_at(line, start) in self._wanted:
                self._record_queue_id(line, lines, at)
            else:
                self._track(line)
            at = end + 1
        self._before = lines
        self._read += len(lines)
        for queued, (_, seen) in list(self._queued.items()):
            if self._read - seen > _LONGEST_WAIT:
                del self._queued[queued]
        if lines[:1] in (b"{", b"[") or b"\n{" in lines or b"\n[" in lines:
            for domain in self._domains:
                self._find_events(lines, domain)

    def _find_events(self, lines: bytes, domain: bytes) -> None:
        at = 0
        while (at := lines.find(domain, at)) >= 0:
            if lines[max(at - _TAIL, 0) : at] in self._tails:
                start = lines.rfind(b"\n", 0, at) + 1
                at = lines.find(b"\n", at) % (len(lines) + 1)
                if lines[start : start + 1] in (b"{", b"["):
                    self._event(lines[start:at])
            else:
                at += len(domain)

    def _next_relevant(self, lines: bytes, at: int) -> int:
        """Return the start of the next line that matters; the length of `lines` for none.

        A log is long and has few messages of ours, so nothing is done for each of its lines.
        """
        if self._queued:
            return at
        while (at := lines.find(_NAMED, at)) >= 0:
            if _name_at(lines, at) in self._wanted:
                return lines.rfind(b"\n", 0, at) + 1
            at += len(_NAMED)
        return len(lines)

    def _record_queue_id(self, line: bytes, lines: bytes, at: int) -> None:
        """Record the queue id of a message of ours, and the smtpd process that receives it."""
        host, program, _, words = _parts(line)
        match = _QUEUED.match(words)
        if program != b"cleanup" or not match or not match[2].startswith(_NAMED):
            return
        queued = (host, match[1])
        self._queued[queued] = _name_at(match[2], 0), self._read
        client = b": %s: client=" % match[1]
        for earlier, end in ((lines, at), (self._before, len(self._before))):
            start = earlier.rfind(client, 0, end)
            if start >= 0:
                whole = earlier[earlier.rfind(b"\n", 0, start) + 1 : start + len(client)]
                brought_to, _, process, _ = _parts(whole)
                if brought_to == host:
                    self._given[host, process] = queued
                return

    def _track(self, line: bytes) -> None:
        """Record what a line says of a message of ours that has a queue id."""
        host, program, process, words = _parts(line)
        if program == b"smtpd" and (given := self._given.get((host, process))):
            if _CUT.match(words):
                self._refuse(given, words)
            elif b": client=" in words:  # it is given another message now
                del self._given[host, process]
        match = _QUEUED.match(words)
        if not match or (host, match[1]) not in self._queued:
            return
        queued, words = (host, match[1]), match[2]
        if program == b"cleanup" and words.startswith(_REFUSED):
            self._refuse(queued, words.partition(b":")[0])  # the rest may hold addresses
        elif (program == b"qmgr" and (words.startswith(b"from=<") or words == b"removed")) or (
            words.startswith(b"to=<") and b" status=" in words
        ):
            self.taken[self._queued.pop(queued)[0]] = f"queued as {_text(match[1])}"
        elif words.startswith(b"client="):  # the queue id is another message's now
            del self._queued[queued]

    def _refuse(self, queued: tuple[bytes, bytes], words: bytes) -> None:
        # It is followed further: lines of several processes may stand in another order.
        if queued in self._queued:
            self.refused[self._queued[queued][0]] = _text(words)

    def _event(self, line: bytes) -> None:
        try:
            document = json.loads(line)
        except (ValueError, RecursionError):
            return
        for event in document if isinstance(document, list) else [document]:
            for place, (path, key) in enumerate(zip(_NAMES, _STATES, strict=True)):
                name, value = _at(event, path), _at(event, (key,))
                if name and value and (known := name.strip("<> ").encode()) in self._wanted:
                    state = value.lower()
                    if place == 0 and state in _NOT_TAKEN:
                        self.refused[known] = state
                    elif state in _TAKEN:
                        self.taken[known] = state


def _parts(line: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    """Return host, program, process id and message of a line; empty if it is not Postfix's."""
    tag = _TAG.search(line)
    if not tag:
        return b"", b"", b"", b""
    return line[: tag.start()].rpartition(b" ")[2], tag[1], tag[2], line[tag.end() :]


def _name_at(line: bytes, at: int) -> bytes:
    start = at + len(_NAMED)
    return line[start : line.find(b">", start)]


def _text(words: bytes) -> str:
    return words.decode("utf-8", "replace")


def _at(event: Any, path: tuple[str, ...]) -> str:  # noqa: ANN401  (any JSON)
    """Return the text at a place in an event; empty when there is none."""
    for key in path:
        event = event.get(key) if isinstance(event, dict) else None
    return event if isinstance(event, str) else ""
