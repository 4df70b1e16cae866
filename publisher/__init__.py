"""Publisher: a folder of digest files becomes feeds, a web archive and e-mail."""

__version__ = "0.1.0"
