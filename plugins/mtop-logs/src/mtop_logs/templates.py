"""`-o template=...`: each line through a Jinja template of the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mtop_core.api import UsageError, escaped, plain, safe
from mtop_logs import colours
from mtop_logs.levels import fields_of

if TYPE_CHECKING:
    from jinja2 import Undefined

    from mtop_logs.forms import Document, Look


def template(source: str, look: Look) -> Document:
    """What makes a row of the fields of a line; UsageError for a malformed template."""
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    inside = ImmutableSandboxedEnvironment(autoescape=False, undefined=_silent(), finalize=_nothing)
    inside.filters.update(_filters(look))
    try:
        made = inside.from_string(source)
    except TemplateError as error:
        hint = "such as template='{{time}} {{pod}} {{message}}'"
        raise UsageError(f"-o template: {plain(str(error))}", hint) from None

    def say(fields: dict[str, Any]) -> str:
        try:
            text = made.render({"event": "", "fields": {}, **fields})
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            raise UsageError(f"-o template: {plain(str(error))}") from None
        return _safe_but_colours(text) if look.colour else safe(text)

    return say


def _safe_but_colours(text: str) -> str:
    """A text made safe: what the fields of JSON lines hold was escaped in the log, and no longer is."""
    import re

    parts = re.split(r"(\x1b\[[0-9;]*m)", text)
    return "".join(part if number % 2 else safe(part) for number, part in enumerate(parts))


def _nothing(value: Any) -> Any:
    return "" if value is None else value


def _silent() -> type[Undefined]:
    """What is not there is empty, however deep one asks."""
    from jinja2 import ChainableUndefined

    return ChainableUndefined


def _filters(look: Look) -> dict[str, Any]:
    import json

    def shade(text: Any, level: Any = None) -> str:
        code = colours.of_level(str(level if level is not None else text))
        return f"{code}{safe(str(text))}{colours.RESET}" if look.colour and code else safe(str(text))

    def local(key: Any, form: str = "default", where: str = "UTC") -> str:
        from mtop_logs.times import clock, zone

        return clock(form, zone(where))(str(key or ""))

    return {
        "json": lambda value: escaped(json.dumps(value, ensure_ascii=False)),
        "pretty": lambda value: escaped(json.dumps(value, ensure_ascii=False, indent=2)),
        "parse": lambda text: fields_of(str(text)) or {},
        "parts": lambda fields, *names: ", ".join(str(fields[name]) for name in names if name in fields),
        "levelcolor": shade,
        "clock": local,
    }
