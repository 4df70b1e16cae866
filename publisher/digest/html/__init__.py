"""HTML in digests, as Markdown or gone."""
