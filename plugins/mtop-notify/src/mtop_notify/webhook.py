"""The webhook notifier; of its URL only scheme and host ever show, the rest may be secret."""

from __future__ import annotations

import base64
import http.client
import ssl
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from mtop_core.api import Message, SourceError, UsageError, plain
from mtop_notify.payload import as_line

TIMEOUT = 10.0


class _Stay(HTTPRedirectHandler):
    """Follows no redirect: it could carry the message to anyone."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: http.client.HTTPMessage, newurl: str
    ) -> None:
        """Refuses."""


def post(url: str, message: Message) -> None:
    """POSTs the message as JSON; raises UsageError for a malformed URL, SourceError for any answer but a 2xx."""
    parts = _parts(url)
    shown = public(parts)
    try:
        with build_opener(_Stay).open(_request(parts, as_line(message)), timeout=TIMEOUT):
            pass
    except HTTPError as error:
        error.close()
        raise SourceError(f"{shown} answered {_status(error.code)}") from None
    except URLError as error:
        raise SourceError(f"{shown} did not answer: {_why(error.reason)}") from None
    except (OSError, http.client.HTTPException) as error:
        raise SourceError(f"{shown} did not answer: {_why(error)}") from None
    except ValueError:
        raise _malformed() from None


def public(parts: SplitResult) -> str:
    """What of a URL is no secret: scheme, host and port."""
    return plain(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if not parts.hostname or parts.port == 0 or not url.isprintable() or " " in url:
            raise _malformed()
    except ValueError:
        raise _malformed() from None
    return parts


def _malformed() -> UsageError:
    return UsageError("the URL of the webhook is malformed", "write https://HOST[:PORT]/PATH")


def _request(parts: SplitResult, body: bytes) -> Request:
    user, at, host = parts.netloc.rpartition("@")
    headers = {"Content-Type": "application/json", "User-Agent": "mtop-notify"}
    if at:
        headers["Authorization"] = f"Basic {base64.b64encode(unquote(user).encode()).decode()}"
    bare = parts._replace(netloc=host, fragment="").geturl()
    return Request(bare, data=body, headers=headers, method="POST")  # noqa: S310 - http and https are what this is for


def _status(code: int) -> str:
    return f"{code}: redirects are not followed" if 300 <= code < 400 else str(code)


def _why(reason: object) -> str:
    """A reason without any text that could repeat the URL."""
    if isinstance(reason, TimeoutError):
        return "timed out"
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({reason.verify_message})"
    if isinstance(reason, ssl.SSLError):
        return "no encrypted connection"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror.lower()
    return type(reason).__name__
