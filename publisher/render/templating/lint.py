"""Checks of templates: every mistake, with its file and line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import meta

from publisher.render.mail.size_budget import placeholder_or_value
from publisher.render.mjml.lint import Finding, check_mjml
from publisher.render.mjml.lint_mrml import check_mrml
from publisher.render.templating.environment import MJML, Templates
from publisher.render.templating.errors import Fault, recording_undefined, rendering_fault
from publisher.render.templating.loader import ASSETS, BUILT_IN
from publisher.render.templating.source_map import Marked, Marks

_KINDS = (".html", MJML, ".txt", ".xml")
Context = Mapping[str, Any]


def mjml_fault(templates: Templates, name: str, context: Context, source: str) -> Fault | None:
    """Return the first mistake in the MJML that a template has made; None if there is none."""
    mistakes = check_mjml(source) or check_mrml(source)
    return (
        _located(templates, name, context, source, mistakes, placeholder_or_value)[0]
        if mistakes
        else None
    )


def find_faults(templates: Templates, samples: Mapping[str, Sequence[Context]]) -> list[Fault]:
    """Return every mistake in any template, rendered with the contexts in `samples`, by name.

    A template without samples is part of another one; only its syntax is checked here.
    """
    collected: list[Fault] = []
    environment = templates.environment(recording_undefined(collected.append))
    for name, path in _sources(templates):
        try:
            environment.get_template(name)
        except Exception as error:  # noqa: BLE001  (whatever it is, the template is at fault)
            collected.append(rendering_fault(error, path))
            continue
        for context in samples.get(name, ()):
            collected += _filled_in(templates, environment, name, context)
    # A loop repeats its mistakes; a value that is filled in is wrong in several ways.
    unique = {
        (fault.path, fault.line, fault.column, fault.code): fault for fault in reversed(collected)
    }
    return sorted(unique.values(), key=lambda fault: (str(fault.path), fault.line, fault.column))


def find_unused(templates: Templates, names: Sequence[str]) -> list[Path]:
    """Return the newsletter's own templates that have no known name and are part of none."""
    used = set(names)
    paths = dict(_sources(templates))
    environment = templates.environment(jinja2.Undefined)
    for path in paths.values():
        try:
            tree = environment.parse(templates.read(path).decode())
        except (jinja2.TemplateSyntaxError, UnicodeDecodeError):
            continue
        parts = set(meta.find_referenced_templates(tree))
        if None in parts:  # its name is made up as the page is: it may be any
            return []
        used |= {part for part in parts if part is not None}
    return [path for name, path in paths.items() if name not in used and path != BUILT_IN / name]


def _sources(templates: Templates) -> Iterator[tuple[str, Path]]:
    """Yield the files that are templates, by name."""
    for name, path in templates.files():
        if not name.startswith(ASSETS) and path.suffix in _KINDS:
            yield name, path


def _filled_in(
    templates: Templates, environment: jinja2.Environment, name: str, context: Context
) -> list[Fault]:
    try:
        source = environment.get_template(name).render(context)
    except Exception as error:  # noqa: BLE001  (as above)
        return [rendering_fault(error, templates.path(name))]
    mistakes = (check_mjml(source) or check_mrml(source)) if name.endswith(MJML) else []
    return _located(templates, name, context, source, mistakes) if mistakes else []


def _located(
    templates: Templates,
    name: str,
    context: Context,
    source: str,
    mistakes: Sequence[Finding],
    finalize: Callable[[object], object] | None = None,
) -> list[Fault]:
    """Return the findings on a rendered template with their places in the templates."""
    environment = templates.environment(jinja2.ChainableUndefined, finalize)
    marks = Marks(environment)
    marks.places = []
    environment.extensions[Marks.identifier] = marks
    marked = Marked(environment.get_template(name).render(context), marks.places)
    located = []
    for mistake in mistakes:
        place = marked.place(mistake.offset) if marked.text == source else None
        if place is None:
            line = source.count("\n", 0, mistake.offset) + 1
            what = f"{mistake.message} (line {line} of the MJML it makes)"
            located.append(Fault(templates.path(name), 1, 1, mistake.code, what))
        else:
            located.append(
                Fault(place.path, place.line, place.column, mistake.code, mistake.message)
            )
    return located
