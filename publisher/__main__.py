"""The `publisher` command, and `python -m publisher`."""

from __future__ import annotations

import gc
import os
import signal

#: So many new objects make it worth looking for garbage. Nearly none of ours is in cycles, and
#: with Python's 700 a sixth of the imports and half of registering 1,000 digests went into it,
#: with 50,000 an eighth of that.
_OBJECTS = 200_000
#: What a shell says of a command that Ctrl-C has ended.
_INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    # At once, as if killed, which loses nothing. KeyboardInterrupt shows a traceback where it
    # comes too early or too late, and is lost in libraries that catch everything.
    signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    gc.disable()
    from publisher.cli import main as run  # noqa: PLC0415  (50 ms less without the collector)

    gc.freeze()  # what was imported stays; processes of a pool share it for as long
    gc.set_threshold(_OBJECTS)
    gc.enable()
    try:
        run()
    finally:
        gc.freeze()  # what is left at the end goes without being looked through


if __name__ == "__main__":
    main()
