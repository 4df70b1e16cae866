"""Markdown, and what digests have beside it in lines and texts."""
