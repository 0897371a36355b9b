"""One snapshot's redaction from first look to report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mtop_snapshot.redact.logs import redacted_lines
from mtop_snapshot.redact.masks import MIN_KNOWN, Masker
from mtop_snapshot.redact.objects import finished, named, structured
from mtop_snapshot.redact.patterns import masked, without


class Redactor:
    """Redacts objects and logs; first all objects are learned from, then each is finished.

    A secret that a variable or an argument gave away is masked in events, logs and everything else as well,
    which is why learning comes first.
    """

    def __init__(self, salt: bytes) -> None:
        self.masker = Masker(salt)

    def learn(self, file: str, obj: Mapping[str, Any]) -> dict[str, Any]:
        """An object after the rules that know its structure; its secrets are known from now on."""
        self.masker.file = file
        learned = structured(obj, self.masker)
        self.masker.names.update(name for name in named(learned) if len(name) >= MIN_KNOWN)
        return learned

    def finish(self, file: str, obj: dict[str, Any], text: str) -> dict[str, Any]:
        """A learned object, `text` being its JSON, after the rules that search text; itself where nothing was found."""
        self.masker.file = file
        return finished(obj, text, self.masker)

    def said(self, file: str, text: str) -> str:
        """Words of somebody else, a server's refusal for instance."""
        self.masker.file, self.masker.place = file, ""
        return masked(without(text, self.masker.found, self.masker), self.masker)

    def lines(self, file: str, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines of a log."""
        self.masker.file = file
        return redacted_lines(lines, self.masker)
