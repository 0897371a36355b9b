"""What hooks return: described objects whose `target` ("module:attr") is loaded only when it is used."""

from __future__ import annotations

from mtop_core.record import Record

SEVERITIES = ("error", "warning", "info")


class CommandSpec(Record):
    """A command; `target` is a click command or group, `section` the heading in `mtop --help`."""

    name: str
    summary: str
    target: str
    section: str = "Plugins"
    aliases: tuple[str, ...] = ()


class ProviderSpec(Record):
    """A source of objects; `target` takes a SourceRequest and returns a Provider.

    `contexts`, for the completion of --context, takes a Connection and returns the contexts there are.
    """

    name: str
    summary: str
    target: str
    contexts: str = ""


class RuleSpec(Record):
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


class CostModelSpec(Record):
    """A cost model; `target` is pure: `(Sequence[Usage]) -> Sequence[Cost]`."""

    name: str
    summary: str
    target: str
    currency: str = "USD"


class NotifierSpec(Record):
    """A notifier; `target` is `(url: str, message: Message) -> None` for URLs of `scheme`."""

    name: str
    summary: str
    target: str
    scheme: str


class ConfigSpec(Record):
    """A section of `.ldconfig`; `target` is its JSON Schema as a mapping."""

    section: str
    summary: str
    target: str


class Connection(Record):
    """How a cluster is to be reached, by kubectl's flags of the same names; what is empty the kubeconfig says.

    `request_timeout` is in seconds, zero where no limit was asked for; `verbosity` counts the -v given.
    """

    kubeconfig: str = ""
    context: str = ""
    cluster: str = ""
    user: str = ""
    server: str = ""
    token: str = ""
    as_user: str = ""
    as_uid: str = ""
    as_groups: tuple[str, ...] = ()
    certificate_authority: str = ""
    client_certificate: str = ""
    client_key: str = ""
    tls_server_name: str = ""
    insecure: bool = False
    request_timeout: float = 0.0
    verbosity: int = 0


class SourceRequest(Record):
    """What the user asked of a source: `argument` is what followed its name, `at` an RFC 3339 time or empty."""

    argument: str
    at: str = ""
    connection: Connection = Connection()
