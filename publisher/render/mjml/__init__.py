"""MJML to HTML, and what is wrong in MJML."""
