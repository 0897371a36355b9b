"""The options of `mtop logs`, and what they amount to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mtop_core.api import App, Sink, UsageError, parse_duration, plain
from mtop_logs.asked import listed, patterns
from mtop_logs.levels import LEVELS
from mtop_logs.plan import PREVIOUS

if TYPE_CHECKING:
    from mtop_logs.forms import Form
    from mtop_logs.history import Job, Span
    from mtop_logs.sieve import Wanted
    from mtop_logs.targets import Choice, Target

F = TypeVar("F", bound=Callable[..., Any])
STATES = ("running", "waiting", "terminated", "all")
SILENCE = 60.0


def _list(*names: str, field: str, metavar: str, help: str) -> Callable[[F], F]:
    return click.option(*names, field, multiple=True, metavar=metavar, help=help)


def _flag(name: str, field: str, help: str) -> Callable[[F], F]:
    return click.option(name, field, is_flag=True, help=help)


_OPTIONS: Sequence[Callable[[Any], Any]] = (
    click.option("-f", "--follow", is_flag=True, help="Go on with what is written, until Ctrl-C."),
    click.option("-p", "--previous", is_flag=False, flag_value="only", default="auto", type=click.Choice(PREVIOUS),
                 help="The run before the last restart: only it, joined with the current one, auto (where the current "
                      "one is young or waits) or no."),
    click.option("--tail", type=click.IntRange(min=0), metavar="N", help="Only the last lines of each run."),
    click.option("--since", default="", metavar="WHEN", help="Only lines since: 5m, 2h, RFC 3339, restart, rollout."),
    click.option("--until", default="", metavar="WHEN", help="Only lines before: 5m (ago), 2h, RFC 3339."),
    _list("--component", field="components", metavar="LIST",
          help="Only main, decode, prefill, leader, worker, scheduler, tokenizer, predictor, transformer, explainer, "
               "init."),
    _list("--pod", field="pods", metavar="REGEX", help="Only pods whose name matches."),
    _list("--exclude-pod", field="not_pods", metavar="REGEX", help="No pods whose name matches."),
    _list("-c", "--container", field="containers", metavar="REGEX", help="Only containers whose name matches."),
    _list("-E", "--exclude-container", field="not_containers", metavar="REGEX",
          help="No containers whose name matches."),
    click.option("--init-containers/--no-init-containers", "init", default=True,
                 help="With init containers or without."),
    click.option("--ephemeral-containers/--no-ephemeral-containers", "ephemeral", default=True,
                 help="With ephemeral containers or without."),
    _list("--container-state", field="states", metavar="LIST", help="Only running, waiting, terminated; or all."),
    _list("--condition", field="conditions", metavar="NAME[=VALUE]", help="Only pods with this condition."),
    _list("--node", field="nodes", metavar="LIST", help="Only pods on these nodes."),
    click.option("--revision", default="", metavar="HASH", help="Only pods of this revision: new, old, or its hash."),
    _list("-i", "--include", field="include", metavar="REGEX", help="Only lines that match; a traceback is one line."),
    _list("-e", "--exclude", field="exclude", metavar="REGEX", help="No lines that match."),
    _list("-H", "--highlight", field="highlight", metavar="REGEX", help="Highlight what matches."),
    click.option("-B", "--before", type=click.IntRange(0, 10_000), default=0, metavar="N",
                 help="Also so many lines before each match."),
    click.option("--after", type=click.IntRange(0, 10_000), default=0, metavar="N",
                 help="Also so many lines after each match."),
    click.option("-C", "--around", type=click.IntRange(0, 10_000), default=0, metavar="N", help="Both."),
    click.option("--level", type=click.Choice(LEVELS), default=None, help="Only lines of this level or a worse one."),
    _flag("--errors", "errors", "Only the first error of each run, wrappers skipped."),
    _flag("--only-cause", "cause", "Only the line of it that says why."),
    _flag("--no-noise", "calm", "Leave out probes, scrapes, throughput and progress bars."),
    click.option("-t", "--timestamps", is_flag=False, flag_value="default", default=None,
                 type=click.Choice(["default", "short"]), help="Show when each line was written."),
    click.option("--timezone", default="UTC", metavar="ZONE",
                 help="The zone of these times: local, UTC, Europe/Berlin."),
    click.option("-o", "--output", default="default", metavar="FORM", help="One of default, raw, json, template=..."
                 " (Jinja; fields as in JSON)."),
    click.option("--redact/--no-redact", "redact", default=None,
                 help="Mask secrets; saved logs are masked unless told otherwise, the screen only when told."),
    click.option("--save", default="", metavar="DIR", help="Write one file for each run to a new folder."),
    _flag("--no-merge", "unmerged", "One container after the other; following, as lines come."),
    click.option("--window", default="1s", metavar="DURATION", help="How long following waits for older lines."),
    click.option("--max-log-requests", "limit", type=click.IntRange(1, 1000), default=50, metavar="N",
                 help="How many logs are open at once; the others wait."),
)  # fmt: skip


def log_options(function: F) -> F:
    """All options of `mtop logs`."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


class Options:
    """What was asked for; everything malformed is a UsageError."""

    def __init__(self, **given: Any) -> None:
        self._given = given
        self.follow: bool = given["follow"]
        self.save: str = given["save"]

    def check(self) -> None:
        """Looks at every option."""
        if self.save and self.follow:
            hint = "follow into a file: mtop logs ... -f --redact > FILE"
            raise UsageError("--save and --follow exclude each other", hint)
        if self.follow and self._given["until"]:
            raise UsageError("--until and --follow exclude each other")
        if self.follow and self._given["previous"] == "only":
            raise UsageError("-p and --follow exclude each other", "--previous=joined shows both runs")
        if self.save and (useless := self._shape()):
            raise UsageError(f"--save and {useless} exclude each other", "a file holds lines as they were written")
        _ = self.choice, self.wanted, self.window_seconds
        self._clock()

    def _shape(self) -> str:
        """The first option given that says how lines look."""
        given = (("-o", self._given["output"] != "default"), ("-t", self._given["timestamps"]),
                 ("-H", self._given["highlight"]))  # fmt: skip
        return next((name for name, is_given in given if is_given), "")

    @cached_property
    def choice(self) -> Choice:
        """The containers wanted."""
        from mtop_logs.targets import Choice, components

        states = listed(self._given["states"])
        if wrong := [state for state in states if state not in STATES]:
            raise UsageError(f'--container-state "{plain(wrong[0])}" is none', f"there are: {', '.join(STATES)}")
        names = {field: self._given[field] for field in ("pods", "not_pods", "containers", "not_containers")}
        flags = {"pods": "--pod", "not_pods": "--exclude-pod", "containers": "-c", "not_containers": "-E"}
        return Choice(
            components=components(",".join(self._given["components"])),
            nodes=listed(self._given["nodes"]),
            revision=self._given["revision"],
            states=() if "all" in states else states,
            conditions=listed(self._given["conditions"]),
            init=self._given["init"],
            ephemeral=self._given["ephemeral"],
            **{field: patterns(flags[field], words) for field, words in names.items()},
        )

    @cached_property
    def wanted(self) -> Wanted:
        """The lines wanted."""
        from mtop_logs.sieve import Wanted

        given = self._given
        return Wanted(
            patterns("--include", given["include"]),
            patterns("--exclude", given["exclude"]),
            given["level"] or "",
            max(given["before"], given["around"]),
            max(given["after"], given["around"]),
            given["calm"],
            given["errors"],
            given["cause"],
        )

    @cached_property
    def window_seconds(self) -> float:
        """How long following waits for older lines."""
        seconds = parse_duration(self._given["window"])
        if seconds is None or seconds > 60:
            raise UsageError(f'--window "{plain(self._given["window"])}" is no duration up to 60s', "write 500ms or 2s")
        return 0.0 if self._given["unmerged"] else seconds

    def form(self, sink: Sink, targets: Sequence[Target] = ()) -> Form:
        """How lines of some containers are shown there."""
        from mtop_logs.forms import Look, form_of

        redact = bool(self._given["redact"])
        look = Look(
            self._clock(), sink.colour, sink.terminal and not sink.ascii, patterns("-H", self._given["highlight"]),
            _mask if redact else None, len({target.namespace for target in targets}) > 1,
        )  # fmt: skip
        return form_of(self._given["output"], look, terminal=sink.terminal, ascii=sink.ascii)

    def span(self, app: App, targets: Sequence[Target]) -> Span:
        """The part of the logs wanted."""
        from mtop_logs.history import Span
        from mtop_logs.targets import rollout_of
        from mtop_logs.times import moment

        given, now = self._given, app.provider.now()
        tail = -1 if given["tail"] is None else given["tail"]
        until = moment("--until", given["until"], now) if given["until"] else None
        if given["since"] == "restart":
            return Span(tail, None, True, until)
        since = rollout_of(targets) if given["since"] == "rollout" else None
        if given["since"] and given["since"] != "rollout":
            since = moment("--since", given["since"], now)
        if since and until and until <= since:
            raise UsageError("--until is not after --since", "both count back from now: --since 20m --until 10m")
        return Span(tail, since, False, until)

    def job(self, app: App, sink: Sink, targets: Sequence[Target], report: Any, form: Form | None = None) -> Job:
        """All that the reading of logs needs to know."""
        from mtop_logs.history import Job

        return Job(
            app.provider,
            report,
            form or self.form(sink, targets),
            self.span(app, targets),
            self.wanted,
            self._given["previous"],
            self.raw,
            self._given["limit"],
            app.provider.source.mode not in ("mock", "snapshot"),
            app.connection.request_timeout or SILENCE,
            not self._given["unmerged"],
            self.follow and app.provider.source.mode not in ("mock", "snapshot"),
        )

    @property
    def raw(self) -> bool:
        """Whether lines are to be left as they are."""
        return bool(self._given["output"] == "raw")

    @property
    def redacts_files(self) -> bool:
        """Whether secrets are masked in what is saved."""
        return self._given["redact"] is not False

    def _clock(self) -> Callable[[str], str] | None:
        from mtop_logs.times import clock, zone

        where = zone(self._given["timezone"])
        form = self._given["timestamps"]
        return clock(form, where) if form else None


def _mask(text: str) -> str:
    from mtop_logs.secrets import masked

    return masked(text)[0]
