"""The error tree."""

import builtins

import pytest

from publisher import errors

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and kind is not errors.PublisherError
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_is_a_built_in_kind_too(kind: type) -> None:
    """Callers that know nothing of this program can tell one kind from another."""
    assert kind.__doc__
    assert issubclass(kind, errors.PublisherError)
    bases = [base for base in kind.__bases__ if base is not errors.PublisherError]
    assert [True] == [vars(builtins).get(base.__name__) is base for base in bases]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_an_error_says_its_message(kind: type[Exception]) -> None:
    """The message is the whole text, for kinds that could number it too."""
    assert "seeds: no such folder" == str(kind("seeds: no such folder"))
