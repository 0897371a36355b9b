"""What can go wrong between us and an API server, as errors in one line each with what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mtop_core.api import ConflictError, DataError, InvalidObjectError, MtopError, NotFoundError, SourceError, plain
from mtop_live.asking import Answer, Request
from mtop_live.wire import NotHttp

if TYPE_CHECKING:
    from mtop_live.kubeconfig import Endpoint

LONGEST = 600
PASSING = frozenset((429, 500, 502, 503, 504))


class Trouble(SourceError):
    """No answer came. `passing`: it may go better next time, and asking again does no harm."""

    def __init__(self, message: str, hint: str, passing: bool) -> None:
        super().__init__(message, hint)
        self.passing = passing
        self.unsure = True


class Refusal(MtopError):
    """The server answered with a status of 300 or above, and `error` says what that means.

    `details` is the `details` of its Status object; `after` how many seconds it wants us to wait.
    """

    def __init__(self, error: MtopError, answer: Answer, status: Mapping[str, Any]) -> None:
        super().__init__(error.message, error.hint)
        self.exit_code = error.exit_code
        self.error = error
        self.status = answer.status
        self.said = _text(status, "message")
        self.reason = _text(status, "reason")
        self.details = details if isinstance(details := status.get("details"), dict) else {}
        self.after = answer.after or _number(self.details, "retryAfterSeconds")

    @property
    def passing(self) -> bool:
        """Whether asking again may help."""
        return self.status in PASSING

    @property
    def untouched(self) -> bool:
        """Whether the server says that it has not taken up what was asked, so that a write can be sent again."""
        return self.status == 429

    @property
    def unsure(self) -> bool:
        """Whether a write may have been done all the same."""
        return self.status >= 500


def refusal_of(request: Request, answer: Answer, endpoint: Endpoint) -> Refusal:
    """The error that an answer with a status of 300 or above means."""
    status = _status(answer.body)
    said = _said(status, answer)
    return Refusal(_meaning(request, answer.status, status, said, endpoint), answer, status)


def _meaning(request: Request, code: int, status: Mapping[str, Any], said: str, endpoint: Endpoint) -> MtopError:
    match code:
        case 401:
            who = f"user {endpoint.login.user}" if endpoint.login.user else "whoever asks"
            return SourceError(
                plain(f"{_where(endpoint)} does not accept the credentials of {who} (401 Unauthorized)"),
                "they may have expired: log in again, or check them with: kubectl auth whoami",
            )
        case 403:
            return SourceError(plain(f"forbidden: {_who(said, endpoint)} may not {request.doing}"), _ROLE)
        case 404:
            return NotFoundError(f"{_where(endpoint)} has no such thing ({request.doing}): {said}",
                                 "kubectl api-resources shows what it serves")  # fmt: skip
        case 409:
            return ConflictError(said, "look at what is there first: mtop get NAME -o yaml")
        case 410:
            return SourceError(f"{request.doing}: the server no longer holds that state: {said}", "ask again")
        case _ if code < 400:
            return SourceError(f"{_where(endpoint)} sends us elsewhere ({code}) at {request.doing}",
                               "is that the address of an API server, and no login page in between?")  # fmt: skip
        case 400 | 422:
            problems = tuple(_causes(status))
            return InvalidObjectError(f"the server refuses it: {said}", "kubectl explain KIND.FIELD says what it takes",
                                      problems if len(problems) > 1 else ())  # fmt: skip
        case 429:
            return SourceError(f"{_where(endpoint)} has too much to do (429 Too Many Requests): {said}",
                               "try again in a moment; -v shows what was asked how often")  # fmt: skip
        case _:
            return SourceError(f"{_where(endpoint)} failed with {code} ({request.doing}): {said}",
                               "try again in a moment; the log of the API server knows more")  # fmt: skip


def trouble_of(error: Exception, endpoint: Endpoint, request: Request, seconds: float = 0.0) -> Trouble:
    """The error that a failure of the network means."""
    import socket
    import ssl

    from mtop_live.dialing import ThroughProxy

    where, said = _where(endpoint), _reason(error)
    match error:
        case ThroughProxy():
            return Trouble(f"{where}: {plain(str(error))}",
                           "see proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY", False)  # fmt: skip
        case socket.gaierror():
            return Trouble(f"{where}: its name is unknown ({said})",
                           "check the server in the kubeconfig, the VPN and DNS", False)  # fmt: skip
        case ssl.SSLCertVerificationError():
            why = plain(error.verify_message or said).rstrip(".")
            return Trouble(f"{where}: its certificate cannot be trusted: {why}",
                           "check certificate-authority(-data) and tls-server-name of the cluster, and the clock",
                           False)  # fmt: skip
        case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
            return Trouble(f"{where} cut the connection ({request.doing})", _AGAIN, True)
        case ssl.SSLError():
            plainly = "; does it speak http without s?" if "WRONG_VERSION" in str(error).upper() else ""
            return Trouble(f"{where}: TLS failed: {said}{plainly}", "check the server in the kubeconfig", False)
        case ConnectionRefusedError():
            return Trouble(f"{where}: nobody listens there (connection refused)",
                           "is the cluster up, and the context the right one? kubectl config get-contexts",
                           False)  # fmt: skip
        case TimeoutError():
            within = f" within {seconds:g} s" if seconds else ""
            return Trouble(f"{where} did not answer{within} ({request.doing})",
                           "check the network and the VPN; --request-timeout sets how long to wait", False)  # fmt: skip
        case ConnectionError():
            return Trouble(f"{where} cut the connection ({request.doing})", _AGAIN, True)
        case NotHttp():
            return Trouble(f"{where} answered with something that is not HTTP: {said}",
                           "is that the address of an API server?", True)  # fmt: skip
        case _:
            return Trouble(f"{where} cannot be reached: {said}", "check the network and the VPN", False)


_ROLE = "mtop rbac COMMAND prints the role that a command needs"
_AGAIN = "try again; a proxy or load balancer on the way may limit how long a connection lives"


def no_json(request: Request, answer: Answer, endpoint: Endpoint) -> DataError:
    """The error for an answer that is no JSON: somebody else than an API server gave it."""
    kind = plain(answer.kind) or "something"
    return DataError(f"{_where(endpoint)} answered with {kind} that is not JSON ({request.doing})",
                     "is that the address of an API server, and no login page in between?")  # fmt: skip


def _where(endpoint: Endpoint) -> str:
    context = f" of context {endpoint.context}" if endpoint.context else ""
    return plain(f"the cluster{context} at {endpoint.server}")


def _who(said: str, endpoint: Endpoint) -> str:
    found = re.search(r'User "([^"]{1,200})"', said)
    return f"user {found.group(1)}" if found else f"user {endpoint.login.user or 'unknown'}"


def _status(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and found.get("kind") == "Status" else {}


def _said(status: Mapping[str, Any], answer: Answer) -> str:
    """The server's own words in one line, cut where they are endless."""
    words = _text(status, "message") or answer.body[: 4 * LONGEST].decode("utf-8", "replace")
    words = plain(words) or "it says nothing more"
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def _causes(status: Mapping[str, Any]) -> list[str]:
    details = status.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    found = []
    for cause in causes if isinstance(causes, list) else ():
        if isinstance(cause, dict):
            found.append(plain(f"{_text(cause, 'field')}: {_text(cause, 'message')}")[:LONGEST])
    return found


def _text(holder: Mapping[str, Any], field: str) -> str:
    value = holder.get(field)
    return value if isinstance(value, str) else ""


def _number(holder: Mapping[str, Any], field: str) -> float:
    value = holder.get(field)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0.0


def _reason(error: Exception) -> str:
    words = getattr(error, "strerror", "") or str(error) or type(error).__name__
    return plain(str(words))[:LONGEST]
