"""The section `doctor` of `.ldconfig`: findings that are known and accepted, each with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from mtop_core.api import ConfigError, Finding, Ref, ShapeError, items, parse_time, text

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "ignore": {
            "description": "Findings that are known and accepted.",
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["rule", "reason"],
                "properties": {
                    "rule": {"description": "The id of a rule.", "type": "string", "minLength": 1},
                    "object": {
                        "description": "NAMESPACE/NAME of a model or of the finding's subject; * and ? match.",
                        "type": "string",
                        "minLength": 1,
                    },
                    "until": {
                        "description": "The time from which the finding counts again: a date or an RFC 3339 time.",
                        "type": "string",
                        "pattern": r"^\d{4}-\d\d-\d\d([Tt].+)?$",
                    },
                    "reason": {"description": "Why it is accepted.", "type": "string", "minLength": 1},
                },
            },
        }
    },
}


class Acceptance(NamedTuple):
    """One accepted finding: its rule, a pattern of objects (empty for all), and when it ends."""

    rule: str
    pattern: str
    until: datetime | None

    def covers(self, ref: Ref) -> bool:
        """Whether an object is meant."""
        name = f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name
        return not self.pattern or fnmatchcase(name, self.pattern)


def acceptances(section: Mapping[str, Any]) -> list[Acceptance]:
    """What a configuration accepts; raises ConfigError where it is malformed."""
    found: list[Acceptance] = []
    place = "doctor"
    try:
        for index, entry in enumerate(items(section, "ignore")):
            place = f"doctor.ignore[{index}]"
            found.append(Acceptance(text(entry, "rule"), text(entry, "object"), _until(text(entry, "until"))))
            place = "doctor"
    except ShapeError as error:
        raise ConfigError(f"{place}.{error.message}", "mtop config validate checks the whole file") from None
    return found


def without(findings: Iterable[Finding], accepted: Sequence[Acceptance], now: datetime) -> tuple[list[Finding], int]:
    """The findings that nobody accepted, and how many were; one that hits several models keeps the others."""
    valid = [entry for entry in accepted if entry.until is None or now < entry.until]
    kept: list[Finding] = []
    ignored = 0
    for finding in findings:
        symptoms, fewer = without(finding.symptoms, valid, now)
        left = _left(finding, valid)
        if left:
            kept.append(finding._replace(models=left, symptoms=tuple(symptoms)))
            ignored += fewer
        else:
            ignored += 1
    return kept, ignored


def _left(finding: Finding, accepted: Sequence[Acceptance]) -> tuple[Ref, ...]:
    """The models of a finding for which nobody accepted it."""
    entries = [entry for entry in accepted if entry.rule == finding.rule]
    if any(entry.covers(finding.subject) for entry in entries):
        return ()
    return tuple(model for model in finding.models if not any(entry.covers(model) for entry in entries))


def _until(words: str) -> datetime | None:
    if not words:
        return None
    moment = parse_time(words) or parse_time(f"{words}T00:00:00Z")
    if moment is None:
        raise ConfigError(f'doctor.ignore: until is "{words}", expected a date or a time such as 2026-01-31T12:00:00Z')
    return moment
