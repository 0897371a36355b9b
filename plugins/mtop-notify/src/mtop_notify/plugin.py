"""What mtop-notify offers."""

from __future__ import annotations

from mtop_core.api import CommandSpec, NotifierSpec, hookimpl


@hookimpl
def mtop_commands() -> tuple[CommandSpec, ...]:
    """The command `mtop notify`."""
    return (CommandSpec("notify", "Send what is wrong to a file or a webhook", "mtop_notify.cli:notify", "Diagnose"),)


@hookimpl
def mtop_notifiers() -> tuple[NotifierSpec, ...]:
    """One notifier for each scheme."""
    return (
        NotifierSpec("file", "Append one line of JSON to a file", "mtop_notify.local:to_file", "file"),
        NotifierSpec("stdout", "Print one line of JSON", "mtop_notify.local:to_stdout", "stdout"),
        NotifierSpec("webhook", "POST JSON", "mtop_notify.webhook:post", "https"),
        NotifierSpec("webhook-plain", "POST JSON without encryption", "mtop_notify.webhook:post", "http"),
    )
