"""Bare signatures with `cryptography`, as many as a core makes.

Arguments: for how many seconds, and the files of the keys. Prints how many times a second it
signed with all of them.
"""

# ruff: noqa: T201  # printing is what a benchmark is for

import hashlib
import sys
import time
from pathlib import Path

from publisher.mail.dkim import load_key

#: About as long as what is signed of a header.
HEADER = hashlib.sha256(b"any").digest() * 80


def main() -> None:
    """Sign, and print the rate."""
    seconds, *files = sys.argv[1:]
    keys = [load_key(Path(file), domain="example.org", selector="any") for file in files]
    number, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < float(seconds):
        for key in keys:
            key.sign(HEADER)
        number += 1
    print(number / spent)


if __name__ == "__main__":
    main()
