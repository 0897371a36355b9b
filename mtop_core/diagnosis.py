"""The rule engine: what rules need is read in one look, findings are gathered and grouped by cause."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from mtop_core.errors import PluginError
from mtop_core.inventory import Gap, Inventory
from mtop_core.objects.access import ShapeError
from mtop_core.objects.kinds import KINDS, Kind, kind_by_word
from mtop_core.objects.model import Model
from mtop_core.objects.refs import Ref, ref_of
from mtop_core.objects.text import plain
from mtop_core.specs import SEVERITIES, RuleSpec
from mtop_core.targets import reason_of
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

    `explains` are further objects whose own later-stage findings are symptoms of this one; `consequence`
    says that the finding follows from any earlier-stage failure of the same model, as a stuck rollout does.
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
    consequence: bool = False


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
    loaded = list(_loaded(runnable, load, failures))
    # all rules on one model, then the next: they read the same few logs
    for model in sorted(models, key=lambda model: model.ref):
        for spec, rule in loaded:
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


def _loaded(
    specs: Iterable[RuleSpec], load: Callable[[RuleSpec], Rule], failures: list[str]
) -> Iterator[tuple[RuleSpec, Rule]]:
    """Every rule that can be loaded; why another cannot is added to `failures`."""
    for spec in specs:
        try:
            yield spec, load(spec)
        except PluginError as error:
            failures.append(error.message)


def _apply(
    spec: RuleSpec, rule: Rule, model: Model, inventory: Inventory, found: list[Finding], failures: list[str]
) -> None:
    """Runs one rule on one model; a rule that breaks costs what it had still to say, and nobody else's answer."""
    try:
        for finding in rule(model, inventory):
            if fault := _fault(finding):
                failures.append(plain(f"rule {spec.id} failed on {model.ref}: {fault}"))
            else:
                found.append(_completed(finding, spec, model))
    except ShapeError as error:
        failures.append(plain(f"{_place(error, spec, model, inventory)} (rule {spec.id} could not be checked)"))
    except Exception as error:
        failures.append(plain(f"rule {spec.id} failed on {model.ref}: {reason_of(error)}"))


def _place(error: ShapeError, spec: RuleSpec, model: Model, inventory: Inventory) -> str:
    """A malformed field with the object that holds it, and the field's path from the root of that object."""
    rooted = inventory.rooted(error, model)
    if rooted is error:
        kinds = dict.fromkeys((*needed_kinds((spec,), ()), *KINDS))
        places = (error.within(raw) for kind in kinds for raw in inventory.all(kind))
        rooted = next((place for place in places if place is not None), error)
    try:
        return f"{ref_of(rooted.holder)}: {rooted.message}" if rooted is not error else f"{model.ref}: {error.message}"
    except ShapeError:
        return f"{model.ref}: {rooted.message}"


def _fault(finding: object) -> str:
    """What a rule yielded instead of a finding that can be shown, empty where all is well."""
    if not isinstance(finding, Finding):
        return f"it yielded {type(finding).__name__}, expected a Finding"
    if finding.severity and finding.severity not in SEVERITIES:
        return f"a finding has the severity {finding.severity}, expected one of {', '.join(SEVERITIES)}"
    if finding.confidence not in CONFIDENCES:
        return f"a finding has the confidence {finding.confidence}, expected one of {', '.join(CONFIDENCES)}"
    if finding.since is not None and (not isinstance(finding.since, datetime) or finding.since.tzinfo is None):
        return "the field since of a finding is no time with a zone"
    wrong = next((field for field, right in _checked(finding) if not right), "")
    return f"the field {wrong} of a finding is malformed" if wrong else ""


def _checked(finding: Finding) -> Iterator[tuple[str, bool]]:
    yield "subject", _is_ref(finding.subject)
    for field in ("summary", "action", "command"):
        yield field, isinstance(getattr(finding, field), str)
    yield "explains", isinstance(finding.explains, tuple | list) and all(map(_is_ref, finding.explains))
    yield (
        "evidence",
        isinstance(finding.evidence, tuple | list)
        and all(
            isinstance(proof, Evidence) and _is_ref(proof.ref) and _are_texts(proof.path, proof.text)
            for proof in finding.evidence
        ),
    )


def _is_ref(value: object) -> bool:
    return isinstance(value, Ref) and _are_texts(*value)


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def _completed(finding: Finding, spec: RuleSpec, model: Model) -> Finding:
    """A finding with what the engine knows of it."""
    return finding._replace(
        rule=spec.id, stage=spec.stage, severity=finding.severity or spec.severity, models=(model.ref,),
        evidence=tuple(finding.evidence), explains=tuple(finding.explains), symptoms=(),
    )  # fmt: skip


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per rule and subject, over all the models that met it: the gravest, with the proofs of all."""
    found: dict[tuple[str, Ref], Finding] = {}
    for finding in sorted(findings, key=_gravest):
        key = (finding.rule, finding.subject)
        found[key] = _joined(found[key], finding) if key in found else finding
    return list(found.values())


def _joined(first: Finding, other: Finding) -> Finding:
    return first._replace(
        models=tuple(sorted({*first.models, *other.models})),
        explains=tuple(sorted({*first.explains, *other.explains})),
        evidence=tuple(dict.fromkeys((*first.evidence, *other.evidence))),
        since=min((since for since in (first.since, other.since) if since), default=None),
        consequence=first.consequence and other.consequence,
    )


def _gravest(finding: Finding) -> tuple[Any, ...]:
    """An order that depends on nothing but what findings say."""
    return (
        finding.rule, finding.subject, _level(finding.severity), CONFIDENCES.index(finding.confidence),
        finding.models, finding.summary, finding.action, finding.command, finding.evidence,
    )  # fmt: skip


def grouped(findings: Iterable[Finding]) -> list[Finding]:
    """The causes, most severe and widest first, each with all that follows from it below it."""
    causes: list[Finding] = []
    symptoms: list[list[Finding]] = []
    placed: list[tuple[Finding, int]] = []
    for finding in sorted(findings, key=_causal):
        # What explains a symptom may be a symptom itself: both stand below the same cause then.
        cause = next((place for earlier, place in placed if _explains(earlier, finding)), len(causes))
        if cause == len(causes):
            causes.append(finding)
            symptoms.append([])
        else:
            symptoms[cause].append(finding)
        placed.append((finding, cause))
    whole = (
        cause._replace(symptoms=tuple(below), models=_models(cause, below))
        for cause, below in zip(causes, symptoms, strict=True)
    )
    return sorted(whole, key=_importance)


def _explains(cause: Finding, finding: Finding) -> bool:
    """Whether one finding is a symptom of another, which only happens at a later stage on the way up.

    Either its objects are all among those the cause explains, or it is about the very object of the cause,
    or it calls itself a consequence and every model it hits is hit by the cause. Two findings about one
    service as a whole are no such object: a group that diverges does not follow from a missing config.
    A warning explains an error through `explains` alone, where a rule vouches for it.
    """
    if _rank(finding) <= _rank(cause):
        return False
    objects = {finding.subject, *finding.explains}
    if objects <= set(cause.explains):
        return True
    if _level(finding.severity) < _level(cause.severity):
        return False
    if finding.consequence:
        return set(finding.models) <= set(cause.models)
    return finding.subject not in finding.models and objects <= {cause.subject, *cause.explains}


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
    return tuple(sorted({*cause.models, *(model for symptom in symptoms for model in symptom.models)}))


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
