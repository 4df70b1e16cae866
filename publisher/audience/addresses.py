"""E-mail addresses: what can be mailed, and when two are one."""

from __future__ import annotations

from publisher.errors import AddressError


def checked(raw: str) -> tuple[str, str]:
    """Give an address as typed (normalised) and the key that all its forms share.

    The key folds case (RFC 5321 2.4 lets the local part differ by case; no provider does) and
    has the domain as A-labels. Nothing is looked up. Raises AddressError.
    """
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  (25 ms)

    try:
        found = validate_email(raw.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise AddressError(f"not an e-mail address: {error}") from None
    return found.normalized, f"{found.local_part.casefold()}@{found.ascii_domain}"
