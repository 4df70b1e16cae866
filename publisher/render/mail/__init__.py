"""An issue's mail: its subject, its parts, and what fits in it."""
