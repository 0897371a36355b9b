"""The rule engine: what rules need is read in one look, findings are gathered and grouped by cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from mtop_core.errors import PluginError
from mtop_core.inventory import Gap, Inventory
from mtop_core.objects.access import ShapeError
from mtop_core.objects.kinds import Kind, kind_by_word
from mtop_core.objects.model import Model
from mtop_core.objects.refs import Ref
from mtop_core.objects.text import plain
from mtop_core.specs import SEVERITIES, RuleSpec
from mtop_core.trouble import STAGES

CONFIDENCES = ("proved", "likely", "possible")
LOGS = "logs"

Rule = Callable[[Model, Inventory], Iterable["Finding"]]


class Evidence(NamedTuple):
    """One proof, verbatim: the object, where in it (a field path, `event`, or `log CONTAINER:LINE`), and its text."""

    ref: Ref
    path: str
    text: str


class Finding(NamedTuple):
    """One cause. A rule gives subject, summary, evidence and action; the engine fills in the rest.

    `explains` are further objects whose own later-stage findings are symptoms of this one;
    `models` are all services it hits; `symptoms` are the findings grouped under it.
    """

    subject: Ref
    summary: str
    evidence: tuple[Evidence, ...]
    action: str
    command: str = ""
    confidence: str = "proved"
    severity: str = ""
    since: datetime | None = None
    explains: tuple[Ref, ...] = ()
    rule: str = ""
    stage: str = ""
    models: tuple[Ref, ...] = ()
    symptoms: tuple[Finding, ...] = ()


class Diagnosis(NamedTuple):
    """What the rules found, causes first; `gaps` were not checked, `failures` are rules that broke."""

    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    skipped: tuple[str, ...]
    failures: tuple[str, ...]


def needed_kinds(rules: Iterable[RuleSpec], always: Sequence[Kind]) -> tuple[Kind, ...]:
    """The kinds to read for some rules, each once."""
    words = (need for rule in rules for need in rule.needs if need != LOGS)
    kinds = (kind for kind in map(kind_by_word, words) if kind is not None)
    return tuple(dict.fromkeys((*always, *kinds)))


def diagnose(
    inventory: Inventory, models: Sequence[Model], rules: Sequence[RuleSpec], load: Callable[[RuleSpec], Rule]
) -> Diagnosis:
    """Runs every rule that has what it needs over every model, and groups what they find by cause."""
    runnable, skipped = _runnable(inventory, rules)
    found: list[Finding] = []
    failures: list[str] = []
    for spec in runnable:
        try:
            rule = load(spec)
        except PluginError as error:
            failures.append(error.message)
            continue
        for model in models:
            _apply(spec, rule, model, inventory, found, failures)
    return Diagnosis(
        tuple(grouped(merged(found))), tuple(inventory.gaps), tuple(skipped), tuple(dict.fromkeys(failures))
    )


def _runnable(inventory: Inventory, rules: Sequence[RuleSpec]) -> tuple[list[RuleSpec], list[str]]:
    runnable, skipped = [], []
    for rule in rules:
        lacking = [need for need in rule.needs if need != LOGS and not inventory.read(_kind(need))]
        if lacking:
            skipped.append(f"{rule.id}: not checked without {', '.join(lacking)}")
        else:
            runnable.append(rule)
    return runnable, skipped


def _kind(need: str) -> Kind:
    kind = kind_by_word(need)
    assert kind is not None, "specs were checked when their plugin was loaded"
    return kind


def _apply(
    spec: RuleSpec, rule: Rule, model: Model, inventory: Inventory, found: list[Finding], failures: list[str]
) -> None:
    """Runs one rule on one model; a rule that breaks costs its own answer and nobody else's."""
    try:
        found += [_completed(finding, spec, model) for finding in rule(model, inventory)]
    except ShapeError as error:
        failures.append(plain(f"{model.ref}: {error.message} (rule {spec.id} could not be checked)"))
    except Exception as error:
        failures.append(plain(f"rule {spec.id} failed on {model.ref}: {type(error).__name__}: {error}"))


def _completed(finding: Finding, spec: RuleSpec, model: Model) -> Finding:
    """A finding with what the engine knows of it; raises ValueError for words it does not know."""
    severity = finding.severity or spec.severity
    if severity not in SEVERITIES or finding.confidence not in CONFIDENCES:
        raise ValueError(f"a finding has severity {severity} and confidence {finding.confidence}")
    return finding._replace(rule=spec.id, stage=spec.stage, severity=severity, models=(model.ref,))


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per rule and subject, over all the models that met it."""
    found: dict[tuple[str, Ref], Finding] = {}
    for finding in findings:
        key = (finding.rule, finding.subject)
        before = found.get(key)
        if before is None:
            found[key] = finding
        else:
            found[key] = before._replace(
                models=_union(before.models, finding.models),
                explains=_union(before.explains, finding.explains),
                evidence=_union(before.evidence, finding.evidence),
            )
    return list(found.values())


def grouped(findings: Sequence[Finding]) -> list[Finding]:
    """The causes, most severe and widest first, each with the symptoms it explains below it."""
    ordered = sorted(findings, key=_causal)
    causes: list[Finding] = []
    symptoms: dict[int, list[Finding]] = {}
    for finding in ordered:
        cause = next((i for i, earlier in enumerate(causes) if _explains(earlier, finding)), None)
        if cause is None:
            causes.append(finding)
        else:
            symptoms.setdefault(cause, []).append(finding)
    whole = [
        cause._replace(symptoms=tuple(symptoms.get(i, ())), models=_models(cause, symptoms.get(i, ())))
        for i, cause in enumerate(causes)
    ]
    return sorted(whole, key=_importance)


def _explains(cause: Finding, finding: Finding) -> bool:
    """Whether one finding is a symptom of another: the same model, later on the way up, and in its reach."""
    if not set(cause.models) & set(finding.models) and finding.subject not in cause.explains:
        return False
    if finding.subject in cause.explains:
        return True
    if _rank(finding) <= _rank(cause) or _level(finding.severity) < _level(cause.severity):
        return False
    return finding.subject == cause.subject or finding.subject in cause.models or finding.subject.kind in _WHOLES


# Objects that stand for the whole service: what is wrong with them follows from a part that fails earlier.
_WHOLES = frozenset({"Deployment", "ReplicaSet", "LeaderWorkerSet", "Service", "InferencePool", "HTTPRoute"})
_ORDER = {stage: rank for rank, stage in enumerate(("node", *STAGES[:-1]))}


def _rank(finding: Finding) -> int:
    return _ORDER[finding.stage]


def _level(severity: str) -> int:
    return SEVERITIES.index(severity)


def _causal(finding: Finding) -> tuple[Any, ...]:
    return (_rank(finding), _level(finding.severity), finding.rule, finding.subject)


def _importance(finding: Finding) -> tuple[Any, ...]:
    return (_level(finding.severity), -len(finding.models), _rank(finding), finding.rule, finding.subject)


def _models(cause: Finding, symptoms: Iterable[Finding]) -> tuple[Ref, ...]:
    found = cause.models
    for symptom in symptoms:
        found = _union(found, symptom.models)
    return found


def _union(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def as_row(finding: Finding) -> Mapping[str, Any]:
    """A finding as the plain data of a Result."""
    from mtop_core.objects.times import rfc3339

    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "stage": finding.stage,
        "subject": finding.subject._asdict(),
        "summary": plain(finding.summary),
        "evidence": [{"object": e.ref._asdict(), "path": e.path, "text": plain(e.text)} for e in finding.evidence],
        "action": plain(finding.action),
        "command": plain(finding.command),
        "since": rfc3339(finding.since) if finding.since else None,
        "models": [model._asdict() for model in finding.models],
        "symptoms": [as_row(symptom) for symptom in finding.symptoms],
    }
