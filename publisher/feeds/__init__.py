"""From issues to feeds: Atom, RSS 2.0 and JSON Feed out of the same neutral entries."""

from publisher.feeds.entry import Identity
from publisher.feeds.files import feed_files

__all__ = ["Identity", "feed_files"]
