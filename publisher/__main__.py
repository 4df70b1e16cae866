"""The `publisher` command, and `python -m publisher`."""

from __future__ import annotations

import gc

#: So many new objects make it worth looking for garbage. Nearly none of ours is in cycles, and
#: with Python's 700 a sixth of the imports and half of registering 1,000 digests went into it.
_OBJECTS = 50_000


def main() -> None:
    """Run the command line."""
    gc.disable()
    from publisher.cli import main as run  # noqa: PLC0415  (50 ms less without the collector)

    gc.freeze()  # what was imported stays; processes of the crew share it for as long
    gc.set_threshold(_OBJECTS)
    gc.enable()
    run()


if __name__ == "__main__":
    main()
