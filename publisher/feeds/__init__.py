"""Atom, RSS 2.0 and JSON Feed from the same neutral entries."""
