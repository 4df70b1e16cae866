"""docs/reference/templates.md says what there is, all of it and nothing else."""

import dataclasses
import inspect
import re
from pathlib import Path

import jinja2
import pytest
from jinja2 import meta, nodes

from publisher.render import contexts, feed_contexts, subscription_contexts
from publisher.render.templating.environment import Templates
from publisher.render.templating.loader import BUILT_IN

DOCS = (Path(__file__).parents[3] / "docs" / "reference" / "templates.md").read_text(
    encoding="utf-8"
)
VIEWS = {
    name: kind
    for module in (contexts, feed_contexts, subscription_contexts)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and dataclasses.is_dataclass(kind)
}
PAGES = sorted(path.name for path in BUILT_IN.iterdir() if path.is_file())


def rows(heading: str) -> dict[str, list[str]]:
    """Return the table below a heading: first column, and the others."""
    section = re.search(rf"^(##+) {heading}\n(.*?)(?=^##|\Z)", DOCS, re.DOTALL | re.MULTILINE)
    assert section, f"docs/reference/templates.md has no heading {heading}"
    table = [line.strip("|").split(" | ") for line in section[2].splitlines() if "| `" in line]
    return {first.strip(" `"): [each.strip() for each in rest] for first, *rest in table}


@pytest.mark.parametrize("name", VIEWS)
def test_every_field_is_documented(name: str) -> None:
    """Each field has a row, in the order of the code, with the words of the code."""
    source = inspect.getsource(VIEWS[name])
    comments = re.findall(r"((?:    #: .*\n)+)    (\w+):", source)
    expected = {field: re.sub(r"\s*#: ", " ", words).strip() for words, field in comments}
    assert expected == {field: row[-1] for field, row in rows(name).items()}


@pytest.mark.parametrize("name", VIEWS)
def test_every_field_has_a_comment(name: str) -> None:
    """What is not explained in the code cannot be explained in the documentation."""
    expected = [field.name for field in dataclasses.fields(VIEWS[name])]
    assert expected == list(rows(name))


def test_every_template_is_documented() -> None:
    """Each built-in template has a row, and no other has."""
    assert sorted(rows("The templates")) == PAGES


@pytest.mark.parametrize("name", PAGES)
def test_template_uses_what_it_is_given(name: str) -> None:
    """A template uses no variable that its row does not promise."""
    source = (BUILT_IN / name).read_text(encoding="utf-8")
    environment = Templates().environment(jinja2.Undefined)
    tree = environment.parse(source)
    own = {each.name for each in tree.find_all(nodes.Name) if each.ctx == "store"}
    own |= {each.name for each in tree.find_all(nodes.Macro)}
    used = meta.find_undeclared_variables(tree) - own - environment.globals.keys()
    promised = set(re.findall(r"`(\w+)`", rows("The templates")[name][-1]))
    assert used <= promised


def test_every_variable_is_documented() -> None:
    """Each variable that a template is given has a row that says what it is."""
    given = {
        name for row in rows("The templates").values() for name in re.findall(r"`(\w+)`", row[-1])
    }
    assert given == set(rows("The variables"))
