"""What a relay's log says of our messages."""

import json

import pytest

from publisher.delivery.mail_log import RelayLog

ANN = "001.aaaaaaaaaaaaaaaaaaaaaaaa@example.org"
BOB = "001.bbbbbbbbbbbbbbbbbbbbbbbb@example.org"
SMTPD, CLEANUP, QMGR, SMTP = "smtpd[11]", "cleanup[12]", "qmgr[13]", "smtp[14]"


def line(program: str, words: str, *, host: str = "relay", tag: str = "postfix") -> str:
    """Return a line of Postfix's."""
    return f"Nov 21 11:43:14 {host} {tag}/{program}: {words}"


def begun(queued: str = "0B8E8439B01", name: str = ANN, *, host: str = "relay") -> list[str]:
    """Return the lines of a message whose headers were read."""
    return [
        line(SMTPD, f"{queued}: client=localhost[127.0.0.1]", host=host),
        line(CLEANUP, f"{queued}: message-id=<{name}>", host=host),
    ]


def queued(number: str = "0B8E8439B01", *, host: str = "relay") -> str:
    """Return the line of a message that was taken up."""
    words = f"{number}: from=<a@example.org>, size=278, nrcpt=1 (queue active)"
    return line(QMGR, words, host=host)


CUT = line(SMTPD, "lost connection after DATA (36066 bytes) from localhost[127.0.0.1]")


def read(*lines: str) -> RelayLog:
    """Read a log for Ann's and Bob's messages."""
    log = RelayLog([ANN.encode(), BOB.encode()])
    log.read("\n".join(lines).encode())
    return log


def fates(*lines: str) -> str:
    """Return whose message was taken, and whose was not, by their first letters."""
    log = read(*lines)
    taken = "".join(sorted(chr(name[4]).upper() for name in log.taken))
    return taken + "".join(sorted(chr(name[4]) for name in log.refused if name not in log.taken))


def test_taken_up() -> None:
    """A message that the queue manager took up was taken, under its queue id."""
    assert {ANN.encode(): "queued as 0B8E8439B01"} == read(*begun(), queued()).taken


@pytest.mark.parametrize("state", ["sent (250 ok)", "deferred (no route)", "bounced (550 no)"])
def test_delivered_or_not(state: str) -> None:
    """Whatever became of a message, the relay had it."""
    status = line(SMTP, f"0B8E8439B01: to=<ann@x.org>, relay=none, delay=0.06, status={state}")
    assert "A" == fates(*begun(), status)


def test_removed() -> None:
    """What was removed from the queue had been in it."""
    assert "A" == fates(*begun(), line(QMGR, "0B8E8439B01: removed"))


def test_named_only() -> None:
    """That a message's headers were read says nothing yet."""
    assert "" == fates(*begun())


@pytest.mark.parametrize(
    "words",
    [
        "lost connection after DATA (36066 bytes) from localhost[127.0.0.1]",
        "timeout after DATA (0 bytes) from localhost[127.0.0.1]",
        "lost connection after BDAT (36070 bytes) from localhost[127.0.0.1]",
    ],
)
def test_cut_off(words: str) -> None:
    """A message whose end never came was not taken."""
    assert "a" == fates(*begun(), line(SMTPD, words))


def test_cut_off_after_the_end() -> None:
    """Once a message is whole, a lost connection says nothing of it."""
    assert "" == fates(*begun(), line(SMTPD, "lost connection after END-OF-MESSAGE from x[::1]"))


def test_another_connection_cut_off() -> None:
    """What happens to another connection is no concern of ours."""
    assert "" == fates(*begun(), CUT.replace("smtpd[11]", "smtpd[99]"))


def test_the_next_message_cut_off() -> None:
    """When the next message of a connection is cut off, the one before it was not."""
    after = line(SMTPD, "66DAF439B11: client=localhost[127.0.0.1]")
    assert "" == fates(*begun(), after, CUT)


def test_lines_in_another_order() -> None:
    """A queue manager that is late to say so has taken the message all the same."""
    assert "A" == fates(*begun(), CUT, queued())


@pytest.mark.parametrize(
    "words",
    [
        "milter-reject: END-OF-MESSAGE from x[::1]: 5.7.1 no; from=<a@b.org> to=<ann@x.org>",
        "reject: header Subject: x from localhost[127.0.0.1]; from=<a@b.org>: 5.7.1 no",
    ],
)
def test_refused(words: str) -> None:
    """A message that a filter refused was not taken; no address is kept of what it said."""
    log = read(*begun(), line(CLEANUP, f"0B8E8439B01: {words}"))
    assert {ANN.encode(): words.partition(":")[0]} == log.refused
    assert {} == log.taken


def test_a_queue_id_used_again() -> None:
    """A queue id that another message got says nothing of ours any more."""
    other = begun(name="other@example.net")
    assert "" == fates(*begun(), *other, queued())
    assert "B" == fates(*begun(), *begun(name=BOB), queued())


def test_hosts_have_queue_ids_of_their_own() -> None:
    """The same queue id on two hosts is two messages."""
    both = [*begun(host="one"), *begun(name=BOB, host="two")]
    assert "A" == fates(*both, queued(host="one"))
    assert "B" == fates(*both, queued(host="two"))


def test_long_queue_ids_and_other_names() -> None:
    """Long queue ids, another syslog_name, a service's name and RFC 3339 times are known."""
    lines = [*begun("4XyZ9Z35Tqkz3hLk"), queued("4XyZ9Z35Tqkz3hLk")]
    lines = [
        each.replace("Nov 21 11:43:14", "<22>2026-11-21T11:43:14.123456+01:00")
        .replace("postfix/smtpd", "postfix-out/submission/smtpd")
        .replace("postfix/", "postfix-out/")
        for each in lines
    ]
    assert "A" == fates(*lines)


def test_over_several_reads() -> None:
    """A message's lines may be far from each other."""
    log = RelayLog([ANN.encode(), BOB.encode()])
    for each in [*begun(), "something else", *begun("66DAF439B11", BOB), CUT, queued()]:
        log.read(f"{each}\n".encode())
    assert ({ANN.encode()}, {BOB.encode()}) == (set(log.taken), set(log.refused))


@pytest.mark.parametrize(
    "words",
    [
        f"0B8E8439B01: resent-message-id=<{ANN}>",
        f"0B8E8439B01: warning: header X: message-id=<{ANN}> from x[::1]",
        f"message-id=<{ANN}>",
    ],
)
def test_names_elsewhere(words: str) -> None:
    """A Message-ID counts only where Postfix itself names the message's own."""
    assert "" == fates(line(CLEANUP, words), queued())


# --- JSON ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"message_id": f"<{ANN}>", "recipient": "ann@x.org", "status": "accepted"}, "A"),
        ({"message_id": ANN, "status": "Bounced", "time": "2026-11-21T08:00:00Z"}, "A"),
        ({"message_id": ANN, "status": "refused"}, "a"),
        ({"message_id": ANN, "status": "perhaps"}, ""),
        ({"message_id": ANN}, ""),
        ({"message_id": 3, "status": "accepted"}, ""),
        # https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads
        ({"event": "delivered", "message": {"headers": {"message-id": ANN}}}, "A"),
        ({"event": "rejected", "message": {"headers": {"message-id": ANN}}}, ""),
        # https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
        (
            [{"smtp-id": f"<{ANN}>", "event": "processed"}, {"smtp-id": BOB, "event": "bounce"}],
            "AB",
        ),
        # https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
        (
            {
                "eventType": "DeliveryDelay",
                "mail": {"messageId": "0100", "commonHeaders": {"messageId": f"<{ANN}>"}},
            },
            "A",
        ),
    ],
)
def test_event(event: object, expected: str) -> None:
    """An event says whether the relay had the message, in the form of each service."""
    assert expected == fates(json.dumps(event))


@pytest.mark.parametrize("text", ["{", f'{{"message_id": "{ANN}"', f'["{ANN}"]', "[" * 5000 + ANN])
def test_broken_event(text: str) -> None:
    """What is no JSON, or no event, says nothing."""
    assert "" == fates(text)


def test_escaped_event() -> None:
    """An event may write angle brackets as JSON lets it, and stand among other lines."""
    escaped = json.dumps({"smtp-id": f"<{ANN}>", "event": "delivered"}).replace("<", "\\u003c")
    assert "A" == fates(CUT, f'{{"to": "{BOB}"}}', escaped, CUT)


def test_what_is_never_told() -> None:
    """A message whose fate is not told soon is not looked for in all the rest of a log."""
    log = RelayLog([ANN.encode()])
    log.read("\n".join(begun()).encode() + b"\n")
    for _ in range(20):
        log.read(b"x" * (1 << 20) + b"\n")
    log.read(queued().encode() + b"\n")
    assert {} == log.taken
