"""From values to strings: template contexts, Jinja2 and MJML. Pure, given the templates."""
