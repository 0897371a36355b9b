"""`mtop doctor`: the rules of all plugins over the models of one source."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import getdoc
from typing import Any

import click

from mtop_core.api import (
    Access,
    App,
    Column,
    Diagnosis,
    Finding,
    Inventory,
    Model,
    Result,
    RuleSpec,
    UsageError,
    common_options,
    complete_models,
    complete_rules,
    diagnose,
    finding_row,
    kinds,
    load_target,
    models_named,
    needed_kinds,
    output_options,
    pass_app,
    plain,
    reads,
    selector_option,
)  # fmt: skip
from mtop_core.api import (
    command as mtop_command,
)
from mtop_doctor.accepted import acceptances, without
from mtop_doctor.blocks import blocks

SEVERITIES = ("error", "warning", "info")
# What ties pods to their models, and what several rules read where it is there.
_ALWAYS = (
    *kinds.MODEL_KINDS, kinds.LLM_CONFIG, kinds.DEPLOYMENT, kinds.LEADER_WORKER_SET, kinds.REPLICA_SET,
    kinds.STATEFUL_SET, kinds.POD, kinds.EVENT, kinds.NODE, kinds.GATEWAY, kinds.NAMESPACE,
)  # fmt: skip
_COLUMNS = (
    Column("severity", "SEVERITY"),
    Column("rule", "RULE"),
    Column("subject", "SUBJECT", lambda ref: f"{ref['kind']} {ref['namespace']}/{ref['name']}"),
    Column("since", "SINCE"),
    Column("summary", "SUMMARY"),
)
_RULE_COLUMNS = (
    Column("id", "RULE"),
    Column("severity", "SEVERITY"),
    Column("stage", "STAGE"),
    Column("needs", "NEEDS", wide=True),
    Column("summary", "SUMMARY"),
)


def _access(app: App) -> list[Access]:
    """What the rules of all plugins read; the logs are read where a container failed."""
    return [*reads(needed_kinds(app.plugins.of(RuleSpec), _ALWAYS)), Access(kinds.POD_LOG, ("get",))]


@mtop_command("doctor", access=_access)
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=complete_models)
@click.option("--fail-on", type=click.Choice([*SEVERITIES, "never"]), default="error", show_default=True,
              help="Exit 1 on a finding of this severity or above.")  # fmt: skip
@click.option("--list-rules", is_flag=True, help="List the rules of all plugins.")
@click.option("--explain", metavar="RULE", default="", shell_complete=complete_rules,
              help="Say what a rule looks at, and when it does not fire.")  # fmt: skip
@selector_option
@output_options
@common_options
@pass_app
def command(app: App, names: tuple[str, ...], selector: str, fail_on: str, list_rules: bool, explain: str) -> Result:
    """Find out why models are not well: causes first, each with proof and a fix.

    NAME may say its kind: llmisvc/NAME or isvc/NAME. Without NAME every model is looked at. Exit 1 where
    a finding is as severe as --fail-on, 0 otherwise.

    \b
    mtop doctor -A --mock degraded
    mtop doctor llama-3-3-70b -n chat
    kubectl get llmisvc,isvc,deploy,lws,rs,pods,events,nodes,pvc -A -o yaml | mtop doctor --snapshot -
    """
    rules: list[RuleSpec] = app.plugins.of(RuleSpec)
    if explain:
        return _explained(app, _rule(rules, explain))
    if list_rules:
        return Result("RuleList", _RULE_COLUMNS, [_rule_row(rule) for rule in rules], names=lambda row: str(row["id"]))
    accepted = acceptances(app.config.section("doctor"))
    inventory = app.look(needed_kinds(rules, _ALWAYS))
    models = models_named(inventory, names, selector, app.namespace)
    diagnosis = diagnose(inventory, models, rules, lambda rule: load_target(rule.target, f"the rule {rule.id}"))
    findings, ignored = without(diagnosis.findings, accepted, inventory.at)
    return _answer(app, inventory, models, diagnosis, findings, ignored, fail_on)


def _answer(
    app: App, inventory: Inventory, models: Sequence[Model], diagnosis: Diagnosis, findings: Sequence[Finding],
    ignored: int, fail_on: str,
) -> Result:  # fmt: skip
    form = app.output.form
    human = form in ("table", "wide") and not app.output.sort_by
    unsure = diagnosis.gaps or diagnosis.skipped or diagnosis.failures
    empty = f"No findings in {_count(len(models), 'model')}{', but not everything was checked' if unsure else ''}."
    return Result(
        "Diagnosis",
        _COLUMNS,
        [finding_row(finding) for finding in findings],
        source=app.provider.source,
        text=blocks(findings, inventory.at, wide=form == "wide") if human else "",
        gaps=diagnosis.gaps,
        notes=[*diagnosis.skipped, *diagnosis.failures, *_counted(models, findings, ignored)],
        empty=empty,
        exit_code=1 if _fails(findings, fail_on) else 0,
        names=lambda row: f"{row['rule']}/{row['subject']['name']}",
    )


def _fails(findings: Sequence[Finding], fail_on: str) -> bool:
    if fail_on == "never":
        return False
    return any(SEVERITIES.index(finding.severity) <= SEVERITIES.index(fail_on) for finding in findings)


def _counted(models: Sequence[Model], findings: Sequence[Finding], ignored: int) -> list[str]:
    notes = []
    if findings:
        hit = {model for finding in findings for model in finding.models}
        notes.append(f"{_count(len(findings), 'finding')} in {len(hit)} of {_count(len(models), 'model')}")
    if ignored:
        notes.append(f"{_count(ignored, 'finding')} ignored by the configuration")
    return notes


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _rule(rules: Sequence[RuleSpec], name: str) -> RuleSpec:
    found = next((rule for rule in rules if rule.id == name), None)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(name, [rule.id for rule in rules], n=1)
        hint = f"did you mean {near[0]}?" if near else "mtop doctor --list-rules shows all there are"
        raise UsageError(f'there is no rule "{plain(name)}"', hint)
    return found


def _rule_row(rule: RuleSpec) -> dict[str, Any]:
    return {
        "id": rule.id, "severity": rule.severity, "stage": rule.stage, "needs": list(rule.needs),
        "summary": plain(rule.summary), "docs": rule.docs,
    }  # fmt: skip


def _explained(app: App, rule: RuleSpec) -> Result:
    words = getdoc(load_target(rule.target, f"the rule {rule.id}")) or ""
    human = app.output.form in ("table", "wide")
    needs = ", ".join(rule.needs) or "the service alone"
    page = (
        f"{rule.id}: {rule.summary}\n\n{words}\n\n"
        f"severity  {rule.severity}\nstage     {rule.stage}\nreads     {needs}\n"
    )
    return Result("RuleList", _RULE_COLUMNS, [{**_rule_row(rule), "explanation": words}], text=page if human else "")
