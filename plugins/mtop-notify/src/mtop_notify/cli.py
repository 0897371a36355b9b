"""`mtop notify`: what is wrong, as one message to a URL."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from mtop_core.api import (
    Access,
    App,
    Diagnosis,
    Message,
    MtopError,
    NotifierSpec,
    PluginError,
    Result,
    RuleSpec,
    SourceError,
    UsageError,
    command,
    common_options,
    complete_models,
    diagnose,
    kinds,
    load_target,
    models_named,
    needed_kinds,
    pass_app,
    reads,
    selector_option,
)
from mtop_notify.message import SEVERITIES, at_least, message_of

NEEDS = (*kinds.MODEL_KINDS, kinds.DEPLOYMENT, kinds.LEADER_WORKER_SET, kinds.REPLICA_SET, kinds.POD)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE)


def _access(app: App) -> list[Access]:
    """What the rules of all plugins read."""
    return [*reads(needed_kinds(app.plugins.of(RuleSpec), NEEDS)), Access(kinds.POD_LOG, ("get",))]


@command("notify", access=_access)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_models)
@click.option("--to", "url", required=True, metavar="URL", help="Where to send it: file:, stdout:, https: and so on.")
@click.option("--min-severity", type=click.Choice(SEVERITIES), default="warning", help="What is worth a message.")
@click.option("--dry-run", type=click.Choice(["none", "client"]), default="none", is_flag=False, flag_value="client",
              help="Show the message, send nothing.")  # fmt: skip
@selector_option
@common_options
@pass_app
def notify(
    app: App, names: tuple[str, ...], selector: str, url: str, min_severity: str, dry_run: str
) -> Result:
    """Send what the rules of all plugins find as one message; nothing found, nothing sent.

    \b
    mtop notify -A --to https://hooks.example.com/TOKEN
    mtop notify --mock degraded --to stdout:
    """
    notifier = _notifier(app, url)
    diagnosis = _diagnosis(app, names, selector)
    findings = at_least(diagnosis.findings, min_severity)
    message = message_of(findings, diagnosis, app.provider.source)
    if not findings:
        return _result(app, diagnosis, f"nothing of severity {min_severity} or above was found: nothing is sent")
    if dry_run != "none":
        text = "".join(f"{line}\n" for line in (message.title, *message.lines))
        return _result(app, diagnosis, f"dry run: nothing was sent through the notifier {notifier.name}", text)
    _send(notifier, url, message)
    count = f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'}"
    return _result(app, diagnosis, f"{count} sent through the notifier {notifier.name}")


def _notifier(app: App, url: str) -> NotifierSpec:
    """The notifier for the scheme of a URL; no more of the URL than its scheme may show."""
    scheme = url.partition(":")[0].lower()
    found: NotifierSpec | None = app.plugins.find(NotifierSpec, scheme)
    if found is not None:
        return found
    what = f'no notifier for the scheme "{scheme}"' if _SCHEME.fullmatch(scheme) else "the URL has no scheme"
    known = ", ".join(spec.scheme for spec in app.plugins.of(NotifierSpec))
    raise UsageError(what, f"there are: {known}")


def _diagnosis(app: App, names: Sequence[str], selector: str) -> Diagnosis:
    """What the rules of all plugins find; a rule that cannot be loaded is a failure of its own."""
    rules: list[RuleSpec] = app.plugins.of(RuleSpec)
    if not rules:
        raise PluginError("no plugin with rules is installed, so nothing can be found", "mtop plugins shows them all")
    inventory = app.look(needed_kinds(rules, NEEDS))
    models = models_named(inventory, names, selector, app.namespace)
    return diagnose(inventory, models, rules, lambda rule: load_target(rule.target, f"rule {rule.id}"))


def _send(notifier: NotifierSpec, url: str, message: Message) -> None:
    send = load_target(notifier.target, f"notifier {notifier.name}")
    try:
        send(url, message)
    except (MtopError, BrokenPipeError):
        raise
    except Exception as error:
        # a stranger's words may repeat the URL, and with it a secret
        raise SourceError(f"the notifier {notifier.name} failed: {type(error).__name__}") from None


def _result(app: App, diagnosis: Diagnosis, note: str, text: str = "") -> Result:
    return Result(
        "Notification",
        text=text,
        source=app.provider.source,
        gaps=diagnosis.gaps,
        notes=[*diagnosis.skipped, note],
        errors=diagnosis.failures,
        exit_code=SourceError.exit_code if diagnosis.failures else 0,
    )
