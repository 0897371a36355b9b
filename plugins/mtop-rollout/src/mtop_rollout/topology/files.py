"""Where topology documents are: shipped ones by name, others in files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from mtop_core.api import DataError, NotFoundError, UsageError, YamlError, data_folder, documents_of, line_of, plain
from mtop_core.api import read_text as text_of

_SUFFIX = ".yaml"
MAX_BYTES = 4 * 2**20


class Source(NamedTuple):
    """A text, what messages call it, and the number of the document in it that is meant."""

    name: str
    text: str
    number: int = 0

    def place(self, path: tuple[str | int, ...]) -> str:
        """`FILE:LINE` of a field; the name alone where there is no text."""
        if not self.text:
            return self.name
        try:
            return f"{self.name}:{line_of(self.text, self.number, path)}"
        except YamlError:
            return self.name


def folder() -> str:
    """The folder of the shipped topologies."""
    return os.path.join(data_folder("mocks"), "topologies")


def names() -> list[str]:
    """The names of the shipped topologies, sorted."""
    return sorted(entry.removesuffix(_SUFFIX) for entry in os.listdir(folder()) if entry.endswith(_SUFFIX))


def shipped(name: str) -> Source:
    """A shipped topology; UsageError where there is none of that name."""
    known = names()
    if name not in known:
        from difflib import get_close_matches

        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "mtop simulate --list shows them; -f FILE reads your own"
        raise UsageError(f'there is no topology "{plain(name)}"', hint)
    path = os.path.join(folder(), name + _SUFFIX)
    with open(path, encoding="utf-8") as stream:
        return Source(f"{name}{_SUFFIX}", stream.read())


def given(path: str) -> Source:
    """The text of a file, `-` for standard input; DataError where it is too long."""
    name, text = text_of(path)
    if len(text) > MAX_BYTES:
        raise DataError(f"{name}: more than {MAX_BYTES >> 20} MiB, which no topology needs")
    return Source(name, text)


def parsed(source: Source) -> Iterator[tuple[Any, Source]]:
    """Every document of a text that says anything."""
    for number, (value, _) in enumerate(documents_of(source.name, source.text)):
        if value is not None:
            yield value, source._replace(number=number)


def the_document(source: Source) -> tuple[Any, Source]:
    """The one document of a text; DataError where there is none, UsageError where there are more."""
    found = list(parsed(source))
    if not found:
        raise NotFoundError(f"{source.name}: there is no document in it")
    if len(found) > 1:
        raise UsageError(f"{source.name}: it holds {len(found)} documents, one is simulated at a time")
    return found[0]
