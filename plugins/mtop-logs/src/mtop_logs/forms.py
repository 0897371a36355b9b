"""Lines as they are shown: for people, as they are, as JSON, by a template."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from mtop_core.api import Record, UsageError, escaped, plain, safe
from mtop_logs import colours
from mtop_logs.batches import CONTINUES, UNFINISHED, Batch
from mtop_logs.levels import fields_of, said
from mtop_logs.targets import Target

FORMS = ("default", "raw", "json", "template=...")


class Break(NamedTuple):
    """Where one run ended: the next began (`restart`), or none did (`end`); `restarts` counts up to there."""

    restarts: int
    words: str
    at: str
    event: str = "restart"

    @property
    def sentence(self) -> str:
        """What to say of it."""
        if self.event == "restart":
            return f"restart {self.restarts}{', ' if self.words else ''}{self.words}"
        return f"ended: {self.words}{f', restarts: {self.restarts}' if self.restarts else ''}"


class Form(Protocol):
    """One way to show lines: each becomes one row without its line end, which may be empty."""

    def rows(self, target: Target, run: str, batch: Batch) -> list[str]:
        """The rows of some lines of one run, `current` or `previous`."""

    def breaks(self, target: Target, where: Break) -> list[str]:
        """The rows of a restart."""


class Look(Record):
    """How lines are shown: `clock` gives the time of one; `draws` allows box drawing; `lights` are highlighted.

    `namespaced` tells pods of several namespaces apart.
    """

    clock: Callable[[str], str] | None = None
    colour: bool = False
    draws: bool = False
    lights: Sequence[re.Pattern[str]] = ()
    mask: Callable[[str], str] | None = None
    namespaced: bool = False


class Default:
    """`[NAMESPACE/]POD CONTAINER TEXT`, with the time first where it is asked for."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._prefixes: dict[tuple[str, str, str, str, str], str] = {}

    def rows(self, target: Target, run: str, batch: Batch) -> list[str]:
        """The rows of some lines."""
        look = self._look
        prefix = self._prefix(target, run)
        plainly = not (look.colour or look.lights or look.mask)
        if plainly and look.clock is None and not (batch.texts and _odd(batch)):
            return [prefix + text for text in batch.texts]
        return [self._row(prefix, stamp, text) for stamp, text in zip(batch.stamps, batch.texts, strict=True)]

    def breaks(self, target: Target, where: Break) -> list[str]:
        """One line across."""
        line = "──" if self._look.draws else "---"
        return [self._row(self._prefix(target, ""), where.at, f"{line} {safe(where.sentence)} {line}")]

    def _prefix(self, target: Target, run: str) -> str:
        key = (*target.key, run)
        if key not in self._prefixes:
            pod, container = safe(target.pod), safe(target.container)
            if self._look.namespaced:
                pod = f"{safe(target.namespace)}/{pod}"
            if self._look.colour:
                pod = f"{colours.of_name(target.revision or target.pod)}{pod}{colours.RESET}"
                container = f"{colours.of_name(target.pod + target.container)}{container}{colours.RESET}"
            self._prefixes[key] = f"{pod} {container}{'~1' if run == 'previous' else ''} "
        return self._prefixes[key]

    def _row(self, prefix: str, stamp: str, text: str) -> str:
        look = self._look
        if look.mask:
            text = look.mask(text)
        shade = colours.of_level(said(text).level) if look.colour else ""
        if look.lights:
            text = lit(text, look.lights, look.colour)
        if shade:
            text = f"{shade}{text.replace(colours.RESET, colours.RESET + shade)}{colours.RESET}"
        if text.startswith(CONTINUES):
            return text[1:]
        return f"{look.clock(stamp)} {prefix}{text}" if look.clock else prefix + text


def lit(text: str, lights: Sequence[re.Pattern[str]], colour: bool) -> str:
    """A text with what is to be highlighted in reverse video; between brackets where there is no colour."""
    for pattern in lights:
        text = pattern.sub(lambda found: _lamp(found.group(), colour), text)
    return text


def _lamp(text: str, colour: bool) -> str:
    if not text:
        return text
    return f"\x1b[7m{text}\x1b[27m" if colour else f">>{text}<<"


def _odd(batch: Batch) -> bool:
    return batch.texts[0].startswith(CONTINUES) or batch.texts[-1].endswith(UNFINISHED)


class Raw:
    """The lines as they were written; on a terminal what it might obey is spelled out."""

    def __init__(self, look: Look, terminal: bool) -> None:
        self._look = look
        self._terminal = terminal

    def rows(self, target: Target, run: str, batch: Batch) -> list[str]:
        """The texts."""
        texts = batch.texts
        if texts and texts[0].startswith(CONTINUES):
            texts = [texts[0][1:], *texts[1:]]
        if self._look.mask:
            texts = list(map(self._look.mask, texts))
        if self._look.clock:
            texts = [f"{self._look.clock(at)} {text}" for at, text in zip(batch.stamps, texts, strict=True)]
        return [_safe(text) for text in texts] if self._terminal else texts

    def breaks(self, target: Target, where: Break) -> list[str]:
        """None: the application wrote no such line."""
        return []


def _safe(text: str) -> str:
    if text.endswith(UNFINISHED):
        return safe(text[:-1]) + UNFINISHED
    return safe(text)


class Document(Protocol):
    """Makes a row of the fields of a line."""

    def __call__(self, fields: dict[str, Any]) -> str:
        """The row."""


class Structured:
    """Each line by its fields: as JSON, or through a template, which may use the pod's labels, too."""

    def __init__(self, look: Look, say: Document, labelled: bool = False) -> None:
        self._look = look
        self._say = say
        self._labelled = labelled

    def rows(self, target: Target, run: str, batch: Batch) -> list[str]:
        """One row for each line."""
        about = {**self._about(target), "run": run}
        pairs = zip(batch.stamps, batch.texts, strict=True)
        return [self._say({**about, **self._line(stamp, text)}) for stamp, text in pairs]

    def breaks(self, target: Target, where: Break) -> list[str]:
        """A row without text that says `restart`."""
        about = {**self._about(target), "run": "current", "time": where.at or None, "level": None}
        about["message"] = where.sentence
        return [self._say({**about, "event": where.event, "restart": where.restarts})]

    def _about(self, target: Target) -> dict[str, Any]:
        labels = {"labels": target.labels, "annotations": target.annotations} if self._labelled else {}
        return {**about_of(target), **labels}

    def _line(self, stamp: str, text: str) -> dict[str, Any]:
        part = text[:1] == CONTINUES or text[-1:] == UNFINISHED
        text = text.strip(CONTINUES + UNFINISHED)
        if self._look.mask:
            text = self._look.mask(text)
        line: dict[str, Any] = {"time": stamp or None, "level": said(text).level or None, "message": text}
        if (fields := fields_of(text)) is not None:
            line["fields"] = fields
        return {**line, "part": True} if part else line


def about_of(target: Target) -> dict[str, Any]:
    """What a structured line says of where it was written."""
    return {
        "namespace": target.namespace,
        "model": target.model,
        "pod": target.pod,
        "container": target.container,
        "role": target.role,
        "revision": target.revision or None,
        "node": target.node or None,
        "restart": target.life.restarts,
    }


def as_json(ascii: bool) -> Document:
    """Makes a line of JSON."""
    return lambda fields: escaped(json.dumps(fields, ensure_ascii=ascii, separators=(",", ":")))


def form_of(words: str, look: Look, *, terminal: bool, ascii: bool) -> Form:
    """The Form of an `-o`; UsageError for one there is not or a malformed template."""
    name, _, argument = words.partition("=")
    if words == "default":
        return Default(look)
    if words == "raw":
        return Raw(look, terminal)
    if words == "json":
        return Structured(look, as_json(ascii))
    if name == "template" and argument:
        from mtop_logs.templates import template

        return Structured(look, template(argument, look), labelled=True)
    raise UsageError(f'-o "{plain(words)}" is no form of lines', f"there are: {', '.join(FORMS)}")
