"""What a diagnosis says as one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC

from mtop_core.api import Diagnosis, Finding, Message, Source, finding_row, plain

SEVERITIES = ("error", "warning", "info")


def at_least(findings: Sequence[Finding], severity: str) -> list[Finding]:
    """The findings of that severity and above."""
    wanted = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return [finding for finding in findings if finding.severity in wanted]


def message_of(findings: Sequence[Finding], diagnosis: Diagnosis, source: Source) -> Message:
    """The message about some findings, and about what could not be checked."""
    time = source.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    gaps = [{"resource": gap.resource, "reason": plain(gap.reason)} for gap in diagnosis.gaps]
    return Message(
        plain(f"mtop: {_counted(findings)} in {source.mode} {source.name}, as of {time}"),
        tuple(_lines(findings)),
        {
            "source": {"mode": source.mode, "name": source.name, "time": time},
            "findings": [finding_row(finding) for finding in findings],
            "gaps": gaps,
            "skipped": list(diagnosis.skipped),
            "failures": list(diagnosis.failures),
        },
    )


def _counted(findings: Sequence[Finding]) -> str:
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(_count(counts[severity], severity) for severity in SEVERITIES if counts[severity])


def _count(amount: int, severity: str) -> str:
    return f"{amount} {severity}{'s' if amount > 1 and severity != 'info' else ''}"


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield plain(f"{finding.severity}: {finding.subject}: {finding.summary} ({finding.rule})")
        yield f"    {plain(finding.action)}"
