"""Publisher: a folder of digest files becomes feeds, a web archive and e-mail."""

import logging

__version__ = "0.2.0"

# Without a handler, warnings and errors would be printed (publisher/event_log.py has the log).
logging.getLogger(__name__).addHandler(logging.NullHandler())
