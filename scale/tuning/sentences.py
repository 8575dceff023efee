"""How a program ends on a mistake of its user."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def mistakes_end_it() -> Iterator[None]:
    """A ValueError inside, which our own code raises with one sentence, ends the program with that sentence alone."""
    try:
        yield
    except ValueError as error:
        raise SystemExit(str(error)) from None
