"""The error tree: each is one clear line for the person who runs the program.

A message says what is wrong, where, and what to do. Each error is also the built-in kind that
it resembles, so callers that know nothing of this program can still tell them apart.
"""

from __future__ import annotations

import traceback

from publisher.redaction import masked


class PublisherError(Exception):
    """Something the user can put right."""

    def __str__(self) -> str:
        """Return the message without passwords that it may quote."""
        return masked(super().__str__())


class SettingsError(PublisherError, ValueError):
    """publisher.toml or an environment variable holds something that cannot be used."""


class TemplateError(PublisherError, ValueError):
    """A template has a mistake; the message names template and line."""


class OutputError(PublisherError, OSError):
    """A file under out/ or .publisher/ cannot be written."""


class InputError(PublisherError, OSError):
    """A digest folder or another file the user named cannot be read."""


class FaultError(PublisherError, RuntimeError):
    """The program failed at one digest, or ran out of memory; others have nothing of it."""


class StateError(PublisherError, RuntimeError):
    """The state database cannot be used as it is."""


class AddressError(PublisherError, ValueError):
    """An e-mail address cannot be used."""


class PlanError(PublisherError, ValueError):
    """A plan cannot be made, or is not what it was when it was made."""


class BusyError(PublisherError, BlockingIOError):
    """Another run holds the lock."""


class NotFoundError(PublisherError, LookupError):
    """No issue, subscriber or plan goes by that name."""


class RelayError(PublisherError, ConnectionError):
    """The mail relay cannot be used: no connection, no TLS, or no login."""


class MailboxError(PublisherError, ConnectionError):
    """The mailbox that bounces come to cannot be read: not there, no connection, or no login."""


def reported(error: Exception) -> str:
    """Return an error as one line: an error that no user can cause names its place in the code.

    It is for a step that must not stop the steps after it.
    """
    if isinstance(error, PublisherError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno})" if frames else ""
    words = " ".join(str(error).split())
    return f"internal error, please report it: {type(error).__name__}{place}: {words}"
