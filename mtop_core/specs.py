"""What hooks return: described objects whose `target` ("module:attr") is loaded only when it is used."""

from __future__ import annotations

from typing import NamedTuple

SEVERITIES = ("error", "warning", "info")


class CommandSpec(NamedTuple):
    """A command; `target` is a click command or group, `section` the heading in `mtop --help`."""

    name: str
    summary: str
    target: str
    section: str = "Plugins"
    aliases: tuple[str, ...] = ()


class ProviderSpec(NamedTuple):
    """A source of objects; `target` takes a SourceRequest and returns a Provider."""

    name: str
    summary: str
    target: str


class RuleSpec(NamedTuple):
    """A diagnostic rule; `target` is pure: `(Model, Inventory) -> Iterable[Finding]`.

    `needs` are the resources it reads besides the model (`pods`, `nodes`, ...): when one cannot be
    read the rule is not run and the gap is shown. `stage` is one of mtop_core.trouble.STAGES.
    """

    id: str
    summary: str
    target: str
    severity: str
    stage: str
    needs: tuple[str, ...] = ()
    docs: str = ""


class CostModelSpec(NamedTuple):
    """A cost model; `target` is pure: `(Sequence[Usage]) -> Sequence[Cost]`."""

    name: str
    summary: str
    target: str
    currency: str = "USD"


class NotifierSpec(NamedTuple):
    """A notifier; `target` is `(url: str, message: Message) -> None` for URLs of `scheme`."""

    name: str
    summary: str
    target: str
    scheme: str


class ConfigSpec(NamedTuple):
    """A section of `.ldconfig`; `target` is its JSON Schema as a mapping."""

    section: str
    summary: str
    target: str


class SourceRequest(NamedTuple):
    """What the user asked of a source: `argument` is what followed its name, `at` an RFC 3339 time or empty."""

    argument: str
    at: str = ""
    options: tuple[tuple[str, str], ...] = ()
