"""From issues to feeds: Atom, RSS 2.0 and JSON Feed out of the same neutral entries."""
