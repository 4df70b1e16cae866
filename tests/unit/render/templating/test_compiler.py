"""Templates' code is not Jinja2's own, and does the same."""

from pathlib import Path

import jinja2
import pytest

from publisher.render.contexts import LinkView
from publisher.render.templating.environment import Templates

LINK = LinkView(url="https://example.org/?a=1&b", label="<Code>")
PARTS = {
    "frame.html": "<{% block a %}a{{ link.url }}{% endblock %}|{% block b %}b{% endblock %}>",
    "part.html": "({{ link.label if link is defined }})",
    "macros.html": (
        "{% macro twice(x) %}{{ x }}{{ link is defined }}{{ x }}{% endmacro %}"
        "{% macro around(x) %}{{ x }}{{ caller() }}{{ x }}{% endmacro %}"
    ),
}


def both(folder: Path, source: str) -> tuple[str, str]:
    """Return what a template comes to in Jinja2 and here."""
    for name, text in (PARTS | {"t.html": source}).items():
        (folder / name).write_text(text, encoding="utf-8")
    theirs = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    expected = theirs.get_template("t.html").render(link=LINK)
    return expected.replace("&#39;", "&#x27;").replace("&#34;", "&quot;"), Templates(folder).render(
        "t.html", link=LINK
    )


@pytest.mark.parametrize(
    "source",
    [
        "{{ link.url }} {{ 7 }} {{ 1.5 }} {{ none }} {{ '<' }}",
        "{{ {'label': '<x>'}.label }}{{ {'class': 1}.class }}",
        "{% set d = {'items': 1, 'a': {'b': [2]}} %}{{ d.a.b[0] }}{{ d['items'] }}",
        "{% if link.colour is defined %}no{% else %}{{ link.colour|default('none') }}{% endif %}",
        "{{ link.label.upper() }}{{ (1).real }}{{ link.label|attr('title')() }}",
        "a{% include 'part.html' %}b{% include 'part.html' without context %}c",
        "{% for n in [1, 2] %}{{ n }}{% include 'part.html' without context %}{% endfor %}.",
        "{% if link %}a{% include 'none.html' ignore missing %}{% endif %}b",
        "{% set x %}<b>{{ link.label }}</b>{% endset %}{{ x }}{{ x|length }}",
        "{% for n in [1, 2, 3] if n != 2 %}{{ loop.index }}{{ n }}{% else %}-{% endfor %}",
        "{% for n in [[1, [2]], 3] recursive %}{{ n if n is number else loop(n) }},{% endfor %}",
        "{% from 'macros.html' import twice with context %}<{{ twice(link.label) }}>",
        "{% import 'macros.html' as m %}{% call m.around('&') %}{{ link.url }}{% endcall %}",
        "{% filter upper %}a{{ link.label }}{% endfilter %}",
        "{% set n = namespace(c=0) %}{% for _ in 'ab' %}{% set n.c = 1 %}{% endfor %}{{ n.c }}",
        "{% extends 'frame.html' %}{% block b %}[{{ super() }}{{ self.a() }}]{% endblock %}",
        "lost{% extends 'frame.html' %}{% set x = 1 %}{% block a %}{{ link.label }}{% endblock %}",
        "kept{% if link %}{% extends 'frame.html' %}{% endif %}lost{% block b %}B{% endblock %}",
        "{% autoescape false %}{{ link.label }}{% endautoescape %}{{ link.label }}",
        "{% with a = link %}{{ a.label }}{% endwith %}{{ link.label ~ '<' }}{{ link.label|safe }}",
    ],
)
def test_a_template_means_what_it_does_to_jinja2(tmp_path: Path, source: str) -> None:
    """Whatever a template does, it comes to what Jinja2 makes of it."""
    theirs, ours = both(tmp_path, source)
    assert ours == theirs


def test_what_asks_for_what_is_not_there_goes_on_asking(tmp_path: Path) -> None:
    """A template that was rendered in Jinja2's way once still sees what there is."""
    (tmp_path / "t.html").write_text("{{ link.label if link.label is defined }}", encoding="utf-8")
    templates = Templates(tmp_path)
    found = [templates.render("t.html", link=each) for each in (LINK, {}, LINK, {"label": 1})]
    assert found == ["&lt;Code&gt;", "", "&lt;Code&gt;", "1"]
