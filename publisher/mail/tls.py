"""TLS to a mail server: trusted certificates, and the meaning of errors."""

from __future__ import annotations

import ipaddress
import ssl
from functools import cache
from pathlib import Path

from publisher.errors import SettingsError


def verifying_context(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return a context that trusts this machine's certificates, and those in a PEM file.

    Raises SettingsError for a file that cannot be used.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            why = "it holds no certificate in PEM form"
            if not isinstance(error, ssl.SSLError):
                why = error.strerror or str(error)
            raise SettingsError(f"mail.ca_file: {ca_file}: cannot be used: {why}") from None
        # A server's own certificate may stand there, not only that of who issued it; Debian's
        # self-signed one has none of the extensions that RFC 5280 wants of an issuer.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


@cache
def unverified_context() -> ssl.SSLContext:
    """Return a context that encrypts and checks no certificate (RFC 7435)."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def is_local(peer: object) -> bool:
    """Return whether a socket's peer, in the form of `getpeername`, is on this machine."""
    if not isinstance(peer, tuple):  # a socket in the file system
        return True
    try:
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def explain_error(error: Exception, *, setting: str = "mail.relay") -> tuple[str, str]:
    """Return what went wrong with TLS, and what to do. `setting` names the server's setting."""
    if isinstance(error, ssl.SSLCertVerificationError):
        words = error.verify_message.rstrip(".")
        if "mismatch" in words:
            name = "mail.tls_name to" if setting == "mail.relay" else f"the host in {setting} to"
            advice = f"Set {name} a name in its certificate."
        elif "expired" in words or "not yet valid" in words:
            advice = "Have its certificate renewed, or set this machine's clock right."
        else:
            advice = "Set mail.ca_file to a PEM file with its certificate or its issuer's."
        return f"certificate verify failed: {words}", advice
    words = error.reason or str(error) if isinstance(error, ssl.SSLError) else str(error)
    return words or type(error).__name__, (
        f"Check the port in {setting}: smtps:// and imaps:// use TLS from the start, smtp:// and "
        "imap:// use STARTTLS."
    )
