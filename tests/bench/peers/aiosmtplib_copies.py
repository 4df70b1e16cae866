"""Sends copies with aiosmtplib, EmailMessage and dkimpy: … SPECIMEN PORT MESSAGES."""

import asyncio
import itertools
import json
import sys
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import aiosmtplib
import dkim


async def main(specimen: dict[str, Any], port: int, messages: int) -> None:
    """Send over as many connections as the others."""
    numbers = iter(range(messages))
    await asyncio.gather(
        *(send_messages(specimen, port, numbers) for _ in range(specimen["connections"]))
    )


async def send_messages(specimen: dict[str, Any], port: int, numbers: Iterator[int]) -> None:
    """Send one copy after the other over one connection."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as server:
        for number in numbers:
            to = f"reader{number}@example.net"
            await server.sendmail(
                f"bounces+{number}@{specimen['domain']}", [to], copy(specimen, number, to)
            )


def copy(specimen: dict[str, Any], number: int, to: str) -> bytes:
    """Make one reader's copy, signed."""
    token = f"{number:0{len(specimen['token'])}}"
    message = EmailMessage(policy=SMTP)
    names = ("From", "To", "Subject")
    values = (specimen["from"], to, specimen["subject"])
    for name, value in itertools.chain(
        zip(names, values, strict=True), specimen["headers"].items()
    ):
        message[name] = value.replace(specimen["token"], token)
    message.set_content(specimen["text"].replace(specimen["token"], token), cte="base64")
    message.add_alternative(
        specimen["html"].replace(specimen["token"], token), subtype="html", cte="base64"
    )
    data = message.as_bytes()
    signature: bytes = dkim.sign(
        data, b"rsa", specimen["domain"].encode(), specimen["rsa"].encode(),
        canonicalize=(b"relaxed", b"relaxed"),
    )  # fmt: skip
    return signature + data


if __name__ == "__main__":
    found = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    asyncio.run(main(found, int(sys.argv[2]), int(sys.argv[3])))
