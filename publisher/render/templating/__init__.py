"""Jinja2 environments, and where templates and their mistakes are."""
