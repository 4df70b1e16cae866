"""DKIM: whether the world can check the signatures made here (RFC 6376 3.6, 8301, 8463)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from publisher.doctor.dns import Ask, Status, report_unknown
from publisher.doctor.finding import Finding, advice, ok, problem
from publisher.doctor.tag_list import read_tags
from publisher.errors import SettingsError
from publisher.mail.dkim import SMALLEST_RSA, Key, Kind, dns_record, load_key, public_key


def load_keys(
    files: Sequence[tuple[str, Path]], *, domain: str
) -> tuple[tuple[Key, ...], list[Finding]]:
    """Read the keys of (selector, file) pairs; one that cannot be read is a finding."""
    keys, findings = [], []
    for selector, path in files:
        try:
            keys.append(load_key(path, domain=domain, selector=selector))
        except SettingsError as error:
            findings.append(problem("DKIM", str(error), "Until then no mail is sent."))
    return tuple(keys), findings


def judge_keys(ask: Ask, keys: Sequence[Key], *, complete: bool = True) -> Iterator[Finding]:
    """Look at what is published for each key (RFC 6376 3.6.1).

    `complete` is False where a key could not be read: then nothing is said of the kinds of keys.
    """
    if complete:
        yield from _judge_kinds(keys)
    for key in keys:
        yield _judge_key(ask, key)


def _judge_kinds(keys: Sequence[Key]) -> Iterator[Finding]:
    if not keys:
        yield advice(
            "DKIM",
            "mail is not signed here: unless the relay signs it, large receivers refuse it",
            "Make keys with `publisher doctor --dkim-keygen`, publish their records, "
            "set mail.dkim.",
        )
    elif all(key.kind is Kind.ed25519 for key in keys):
        yield advice(
            "DKIM",
            "mail is signed with Ed25519 alone, which many receivers cannot check yet",
            "Add an RSA key: `publisher doctor --dkim-keygen` makes one.",
        )


def _judge_key(ask: Ask, key: Key) -> Finding:
    record = dns_record(key)
    answer = ask(record.name, "TXT")
    if answer.unknown:
        return report_unknown("DKIM", record.name, "TXT", answer)
    publish = f"Publish: {record}"
    if answer.status is not Status.found:
        return problem("DKIM", f"nothing is published for selector {key.selector}", publish)
    if len(answer.values) > 1:  # RFC 6376 3.6.2.2: which of them counts is anyone's guess
        what = f"{record.name} has {len(answer.values)} TXT records"
        return problem("DKIM", what, f"Leave one of them. {publish}")
    try:
        tags = read_tags(answer.values[0])
        _check_tags(tags, key)
    except ValueError as error:
        return problem("DKIM", f"{record.name}: {error}", publish)
    if "y" in tags.get("t", "").split(":"):
        what = f"{record.name} says that you are only testing (t=y): signatures may not count"
        return advice("DKIM", what, publish)
    return ok("DKIM", f"selector {key.selector} ({key.kind.value}) is published and fits the key")


def _check_tags(tags: Mapping[str, str], key: Key) -> None:
    """Raise ValueError, in words for a finding, for a record that does not go with the key."""
    # RFC 6376 3.6.1: v= may be left out, but stands first and is this.
    if next(iter(tags), "") != "v" and "v" in tags:
        raise ValueError('"v=DKIM1" does not stand first')
    if tags.get("v", "DKIM1") != "DKIM1":
        raise ValueError(f'"v={tags["v"]}" is not "v=DKIM1"')
    if "p" not in tags:
        raise ValueError("holds no key (p=)")
    if not tags["p"]:
        raise ValueError("its key is withdrawn (p= is empty); a new one wants a new selector")
    if tags.get("k", "rsa") != key.kind.value:
        raise ValueError(f"is for {tags.get('k', 'rsa')} keys, and the key is {key.kind.value}")
    if "sha256" not in tags.get("h", "sha256").replace(" ", "").split(":"):
        raise ValueError(f'"h={tags["h"]}" leaves out sha256, which signatures use')
    if not {"email", "*"} & set(tags.get("s", "*").replace(" ", "").split(":")):
        raise ValueError(f'"s={tags["s"]}" is not for e-mail')
    _check_public(_decoded(tags["p"]), key)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise ValueError("its key (p=) is no base64: was it cut short?") from None


def _check_public(published: bytes, key: Key) -> None:
    if published == base64.b64decode(public_key(key)):
        return
    if key.kind is Kind.rsa:
        try:
            public = load_der_public_key(published)
        except (ValueError, UnsupportedAlgorithm):
            raise ValueError("its key (p=) cannot be read: was it cut short?") from None
        # RFC 6376 3.6.1 and an erratum to it allow two wrappings of the same key.
        if public == key.private.public_key():
            return
        if isinstance(public, RSAPublicKey) and public.key_size < SMALLEST_RSA:
            raise ValueError(f"has another key, of only {public.key_size} bits")
    raise ValueError("has another key than the one mail is signed with")
