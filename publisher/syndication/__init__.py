"""Feeds: which entries they have, their documents and archives, and notifying the hub."""
