"""What templates are compiled to: Jinja2's code, less what it does for templates unlike ours.

An issue's files, of which there are 18 with as many papers, take 0.55 of the time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from functools import cache
from gettext import NullTranslations
from html import escape
from keyword import iskeyword
from types import CodeType
from typing import Any

import jinja2
import markupsafe
from jinja2 import nodes
from jinja2.bccache import Bucket
from jinja2.compiler import CodeGenerator, Frame
from jinja2.ext import InternationalizationExtension
from markupsafe import Markup

#: The versions whose code generator and `trans` these classes were tested with: both are private.
_TESTED = "3.1."
_METHODS = frozenset(
    ("blockvisit", "buffer", "visit", "visit_Getattr", "visit_Include", "write", "writeline")
)
_log = logging.getLogger(__name__)


@cache
def is_as_tested() -> bool:
    """Return whether Jinja2 is as these classes need it; if not, the log says so, once."""
    as_tested = (
        str(getattr(jinja2, "__version__", "")).startswith(_TESTED)
        and set(dir(CodeGenerator)) >= _METHODS
        and hasattr(InternationalizationExtension, "_make_node")
    )
    if not as_tested:
        _log.warning("this version of Jinja2 was not tested: templates are compiled its own way")
    return as_tested


class _Compiled(jinja2.BytecodeCache):
    """What a process has compiled, for the tools it sets out next: `watch` does so each tick.

    Compiling the templates of an issue and its mail takes 60 ms.
    """

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of a template whose source is the same."""
        checksum, code = self._codes.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self._codes[bucket.key] = bucket.checksum, bucket.code


@cache
def bytecode_cache(_words: NullTranslations, _mails: bool, _quick: bool) -> _Compiled:  # noqa: FBT001
    """Return the cache of code compiled with these words, for mails or for pages.

    The words are part of the code.
    """
    return _Compiled()


class _Generator(CodeGenerator):
    """Jinja2's own, but what a template says is put out together, messages included.

    Jinja2 hands over each piece by itself, through as many generators as blocks are deep.
    """

    #: The variable that holds the pieces of the function being written.
    _pieces: str

    def blockvisit(self, block: Iterable[nodes.Node], frame: Frame) -> None:
        """Make the code of the nodes of one block."""
        outermost = frame.buffer is None
        if outermost:
            self.buffer(frame)
            self._pieces = str(frame.buffer)
        super().blockvisit(list(_merge_outputs(block)), frame)
        if outermost:
            self.writeline(f"yield concat({self._pieces})")

    def visit_Include(self, node: nodes.Include, frame: Frame) -> None:  # noqa: N802  (Jinja2's)
        """Make the code of an `include`; without context Jinja2 puts it out past the pieces."""
        if not node.with_context:
            self.writeline(f"yield concat({self._pieces})", node)
            self.writeline(f"{self._pieces}.clear()")
        super().visit_Include(node, frame)


def _merge_outputs(block: Iterable[nodes.Node]) -> Iterator[nodes.Node]:
    parts: list[nodes.Expr] = []
    for node in block:
        if isinstance(node, nodes.Output):
            parts += node.nodes
            continue
        if parts:
            yield nodes.Output(parts, lineno=parts[0].lineno)
            parts = []
        yield node
    if parts:
        yield nodes.Output(parts, lineno=parts[0].lineno)


class _QuickGenerator(_Generator):
    """Takes what a template names with a dot for an attribute, and that it is there.

    Jinja2 looks for a key of that name too, and makes an Undefined of what is not there. Here
    there is an AttributeError: then the template is rendered in Jinja2's way.
    """

    def visit_Getattr(self, node: nodes.Getattr, frame: Frame) -> None:  # noqa: N802  (Jinja2's)
        """Make the code of `value.attr`."""
        if iskeyword(node.attr) or not node.attr.isascii():  # Python would read another name
            super().visit_Getattr(node, frame)
            return
        self.write("(")
        self.visit(node.node, frame)
        self.write(f").{node.attr}")


class _Template(jinja2.Template):
    """A template whose output is escaped without being wrapped and copied each time.

    Jinja's own `escape` makes a Markup of every value, which copies it: a twelfth of the time an
    issue's files take. What comes of it is only joined, for which text will do.
    """

    @classmethod
    def from_code(
        cls,
        environment: jinja2.Environment,
        code: CodeType,
        globals: MutableMapping[str, Any],  # noqa: A002  (Jinja's own name for it)
        uptodate: Callable[[], bool] | None = None,
    ) -> jinja2.Template:
        """Make a template of compiled code."""
        made = super().from_code(environment, code, globals, uptodate)
        made.root_render_func.__globals__["escape"] = _escaped
        return made


def _escaped(value: object) -> str:
    if type(value) is str:
        # As in render/html.py, and here again: the call would double the time.
        if "&" in value or "<" in value or ">" in value or '"' in value or "'" in value:
            return escape(value)
        return value
    if type(value) is int:
        return str(value)
    if isinstance(value, Markup):
        return value  # finished HTML
    return markupsafe.escape(value)


class Environment(jinja2.Environment):
    """Jinja2's own, but a template that was loaded is found by its name: none changes here.

    Jinja2 makes sure of its loader first, for each page that extends another.
    """

    template_class = _Template
    code_generator_class: type[CodeGenerator] = _Generator

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  (Jinja2's)
        super().__init__(**options)
        self._loaded: dict[str, jinja2.Template] = {}

    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> jinja2.Template:
        """Load a template."""
        if not isinstance(name, str) or globals:
            return super().get_template(name, parent, globals)
        loaded = self._loaded.get(name)
        if loaded is None:
            loaded = self._loaded[name] = super().get_template(name, parent)
        return loaded


class QuickEnvironment(Environment):
    """One whose templates raise AttributeError for what is not there."""

    code_generator_class = _QuickGenerator
