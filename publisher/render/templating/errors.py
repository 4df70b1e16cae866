"""A template's mistake as one line: `FILE:LINE: what is wrong, what to do`."""

from __future__ import annotations

import dataclasses
import difflib
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import jinja2

from publisher.render import contexts

_NO_ATTRIBUTE = re.compile(r"'(?:[\w.]+\.)?(\w+) object' has no attribute '(\w+)'")
_NAME = re.compile(r"'(\w+)'(?: is undefined)?$")
_HINT = "see docs/reference/templates.md for what there is"


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake in a template."""

    path: Path
    #: 1-based.
    line: int
    column: int
    #: `template`, `template-syntax`, `template-name`, or that of an MJML finding.
    code: str
    #: What is wrong, and what to do.
    message: str

    def __str__(self) -> str:
        """Return `FILE:LINE: message`."""
        return f"{self.path}:{self.line}: {self.message}"


def rendering_fault(error: Exception, path: Path) -> Fault:
    """Return the fault behind an error while the template at `path` was read or filled in."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        what = (error.message or "cannot be understood").rstrip(".")
        place = Path(error.filename) if error.filename else path
        return _fault(
            place, error.lineno, "template-syntax", f"{what}, correct the tag on this line"
        )
    if isinstance(error, UnicodeDecodeError):
        return _fault(path, 1, "template", "not UTF-8 text, save it as UTF-8")
    if isinstance(error, OSError) and not isinstance(error, jinja2.TemplateNotFound):
        what = f"cannot be read ({error.strerror}), make it readable for this user"
        return _fault(path, 1, "template", what)
    path, line = _place(error.__traceback__) or (path, 1)
    if isinstance(error, jinja2.TemplateNotFound):
        what = f'there is no template "{error.message}", correct the name or add the file'
        return _fault(path, line, "template", what, str(error.message))
    if isinstance(error, jinja2.UndefinedError):
        return _undefined_fault(path, line, str(error.message))
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return _fault(path, line, "template", f"{words}, correct the expression on this line")


class Recording(jinja2.Undefined):
    """An undefined value that reports where it is used, while the template continues."""

    __slots__ = ()
    #: Where to tell; a subclass says.
    tell: Callable[[Fault], None]

    def _told(self) -> None:
        place = _running()
        if place is not None:
            type(self).tell(_undefined_fault(*place, self._undefined_message))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  (whatever it would have been)
        if name[:2] == "__":
            raise AttributeError(name)
        return self

    def __getitem__(self, _: object) -> Any:  # noqa: ANN401
        return self

    def __call__(self, *_: object, **__: object) -> Any:  # noqa: ANN401, D102
        self._told()
        return self

    def __str__(self) -> str:
        self._told()
        return ""

    def __iter__(self) -> Iterator[Any]:
        self._told()
        return iter(())

    def __bool__(self) -> bool:
        self._told()
        return False

    def __len__(self) -> int:
        self._told()
        return 0

    def __eq__(self, other: object) -> bool:
        self._told()
        return False

    def __hash__(self) -> int:
        self._told()
        return 0


def recording_undefined(tell: Callable[[Fault], None]) -> type[jinja2.Undefined]:
    """Return an Undefined class that calls `tell` with a Fault wherever a template uses it."""
    return type("Recording", (Recording,), {"__slots__": (), "tell": staticmethod(tell)})


def _fault(path: Path, line: int, code: str, message: str, word: str = "") -> Fault:
    """Make a fault whose column is where `word` stands on its line, if it does."""
    column = 1
    if word:
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
            match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lines[line - 1])
        except (OSError, UnicodeDecodeError, IndexError):
            match = None
        column = match.start() + 1 if match else 1
    return Fault(path, line, column, code, message)


def _undefined_fault(path: Path, line: int, message: str) -> Fault:
    missing = _NO_ATTRIBUTE.search(message)
    if missing:
        owner, name = missing.groups()
        near = difflib.get_close_matches(name, _fields(owner), n=1)
        hint = f'did you mean "{near[0]}"?' if near else _HINT
        return _fault(path, line, "template-name", f'there is no "{name}" in {owner}, {hint}', name)
    word = _NAME.search(message)
    return _fault(path, line, "template-name", f"{message}, {_HINT}", word[1] if word else "")


def _fields(owner: str) -> Iterator[str]:
    kind = getattr(contexts, owner, None)
    return (field.name for field in dataclasses.fields(kind)) if kind else iter(())


def _place(traceback: TracebackType | None) -> tuple[Path, int] | None:
    """Find the innermost line of a template: Jinja2 gives its frames the template's own lines."""
    place = None
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if "__jinja_exception__" in traceback.tb_frame.f_globals:
            place = Path(code.co_filename), traceback.tb_lineno
        traceback = traceback.tb_next
    return place


def _running() -> tuple[Path, int] | None:
    """Find the line of a template that is being filled in right now."""
    frame = sys._getframe()  # noqa: SLF001  (the one way to it)
    while frame is not None:
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            return Path(template.filename), template.get_corresponding_lineno(frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]
    return None
