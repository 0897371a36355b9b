"""Findings as a person reads them at night: what, where, the proof, the fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from mtop_core.api import Evidence, Finding, Ref, plain, short_age


def blocks(findings: Sequence[Finding], now: datetime, *, wide: bool = False) -> str:
    """One block of lines per finding; `wide` shows the proof of symptoms too."""
    return "\n".join("".join(f"{line}\n" for line in _block(finding, now, wide)) for finding in findings)


def name_of(ref: Ref) -> str:
    """An object without its kind: NAMESPACE/NAME."""
    return plain(f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name)


def _block(finding: Finding, now: datetime, wide: bool) -> Iterator[str]:
    hit = ", ".join(name_of(model) for model in finding.models) or name_of(finding.subject)
    yield f"{finding.severity.upper():<7}  {plain(finding.rule)}  {hit}"
    doubt = "" if finding.confidence == "proved" else f" ({finding.confidence})"
    yield f"  {plain(finding.summary)}{doubt}"
    yield from _proofs(finding.evidence, "  ")
    yield f"  fix    {plain(finding.action)}"
    if finding.command:
        yield f"  run    {plain(finding.command)}"
    if finding.since is not None:
        yield f"  since  {short_age((now - finding.since).total_seconds())} ago"
    for symptom in finding.symptoms:
        yield f"  also   {plain(symptom.rule)}, {plain(str(symptom.subject))}: {plain(symptom.summary)}"
        if wide:
            yield from _proofs(symptom.evidence, "         ")


def _proofs(evidence: Sequence[Evidence], indent: str) -> Iterator[str]:
    for proof in evidence:
        yield f'{indent}proof  {plain(str(proof.ref))} {plain(proof.path)}: "{plain(proof.text)}"'
