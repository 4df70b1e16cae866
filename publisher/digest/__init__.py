"""From a digest file's bytes to an Issue, with a diagnostic for all that was odd."""

from publisher.digest.names import SUFFIXES, slug_of
from publisher.digest.reading import Reading, read

__all__ = ["SUFFIXES", "Reading", "read", "slug_of"]
