"""Settings: publisher.toml and the environment, read once, checked whole, then frozen.

Every setting is a field of a section below; its metadata holds its documentation, which
`docs/reference/settings.md` repeats and a test compares. `PUBLISHER_SECTION_KEY` in the environment
overrides a key; a secret may also come from the file that `PUBLISHER_SECTION_KEY_FILE` names.
"""

from publisher.config.loader import FILE_NAME, load, secret_files, unknown_variables
from publisher.config.settings import SECTIONS, Key, Newsletter, Settings, keys

__all__ = [
    "FILE_NAME",
    "SECTIONS",
    "Key",
    "Newsletter",
    "Settings",
    "keys",
    "load",
    "secret_files",
    "unknown_variables",
]
