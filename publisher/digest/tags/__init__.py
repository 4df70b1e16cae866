"""HTML in a digest: what of it is tags, and the Markdown that says the same."""
