"""Who we are to a cluster: files that rotate, credential plugins, an OIDC issuer, and threads that meet a 401."""

from __future__ import annotations

import base64
import json
import os
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import trustme
from mtop_live import library, logins
from mtop_live.kubeconfig import endpoint
from mtop_live.logins import Certificate, Credential, Identity, Login, header_lines

from mtop_core.api import ConfigError, Connection, MtopError, PluginError, SourceError

MakeLogin = Callable[..., Login]
MakePlugin = Callable[..., dict[str, Any]]

PAIR = Certificate("-----BEGIN CERTIFICATE-----\nc\n", "-----BEGIN PRIVATE KEY-----\nk\n")
BY_HAND = "run it by hand to see what it wants"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.upper().endswith("_PROXY") or name.startswith("KUBERNETES_") or name == "KUBECONFIG":
            monkeypatch.delenv(name)


@pytest.fixture
def login(tmp_path: Path) -> MakeLogin:
    """The login of a user's entry, in a kubeconfig of its own."""

    def make(user: dict[str, Any], **cluster: Any) -> Login:
        path = tmp_path / "config"
        path.write_text(json.dumps({
            "current-context": "dev",
            "contexts": [{"name": "dev", "context": {"cluster": "dev", "user": "dev"}}],
            "clusters": [{"name": "dev", "cluster": {"server": "https://one:6443", **cluster}}],
            "users": [{"name": "dev", "user": user}],
        }))  # fmt: skip
        return endpoint(Connection(kubeconfig=str(path))).login

    return make


@pytest.fixture
def plugin(tmp_path: Path) -> MakePlugin:
    """A credential plugin: a shell script beside the kubeconfig, as the user's entry that names it."""

    def make(script: str, **fields: Any) -> dict[str, Any]:
        path = tmp_path / "plugin"
        path.write_text(f"#!/bin/sh\necho ran >> runs\n{script}\n")
        path.chmod(0o755)
        return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin", **fields}}

    return make


def runs(tmp_path: Path) -> int:
    return len((tmp_path / "runs").read_text().splitlines())


def printing(**status: Any) -> str:
    """A script that prints a credential."""
    content = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    return f"cat <<'END'\n{json.dumps(content)}\nEND"


def later(**wait: float) -> str:
    return (datetime.now(UTC) + timedelta(**wait)).strftime("%Y-%m-%dT%H:%M:%SZ")


def failure(act: Callable[[], object]) -> tuple[type[MtopError], str, str]:
    with pytest.raises(MtopError) as caught:
        act()
    return type(caught.value), caught.value.message, caught.value.hint


# -- what stands there outright


def test_a_token_is_never_new(login: MakeLogin) -> None:
    found = login({"token": "t"})
    assert (found.user, found.headers(), found.certificate()) == ("dev", {"Authorization": "Bearer t"}, None)
    assert found.renew() is False


def test_a_token_file_is_read_again_when_it_changed(login: MakeLogin, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" one\n")
    found = login({"tokenFile": "token"})
    assert found.headers() == {"Authorization": "Bearer one"}
    (tmp_path / "fresh").write_text("two\n")
    (tmp_path / "fresh").replace(tmp_path / "token")
    assert found.headers() == {"Authorization": "Bearer two"}
    assert found.renew() is False
    (tmp_path / "token").write_text("three\n")
    assert found.renew() is True
    (tmp_path / "token").unlink()
    assert found.headers() == {"Authorization": "Bearer three"}


def test_a_token_beside_a_file_is_for_when_it_cannot_be_read(login: MakeLogin, tmp_path: Path) -> None:
    user = {"token": "beside", "tokenFile": "token"}
    assert login(user).headers() == {"Authorization": "Bearer beside"}
    (tmp_path / "token").write_text("filed")
    assert login(user).headers() == {"Authorization": "Bearer filed"}


def test_a_certificate_is_read_again_after_a_refusal(login: MakeLogin, tmp_path: Path) -> None:
    for name, text in zip(("cert", "key"), PAIR, strict=True):
        (tmp_path / name).write_text(text)
    found = login({"client-certificate": "cert", "client-key": "key"})
    assert (found.headers(), found.certificate(), found.renew()) == ({}, PAIR, False)
    (tmp_path / "cert").write_text(f"new {PAIR.cert}")
    assert (found.renew(), found.certificate()) == (True, PAIR.replaced(cert=f"new {PAIR.cert}"))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("A-b", "1")], {"A-b": "1"}),
        ([("A-b", "1"), ("A-b", "2"), ("A-b", "3"), ("A-b", "4")], {"A-b": "1", "a-b": "2", "A-B": "3", "a-B": "4"}),
        ([("a", "é")], {"a": "\u00c3\u00a9"}),
    ],
)
def test_headers_that_repeat(lines: list[tuple[str, str]], expected: dict[str, str]) -> None:
    assert header_lines(lines) == expected


# -- threads


class Slow:
    """A source that counts, and gives another token each time."""

    def __init__(self, *failures: MtopError) -> None:
        self.fetched = 0
        self.failures = list(failures)

    def fetch(self, again: bool) -> Credential:
        self.fetched += 1
        time.sleep(0.05)
        if self.failures:
            raise self.failures.pop(0)
        return Credential(f"Bearer {self.fetched}")

    def stale(self, credential: Credential) -> bool:
        return False


def in_threads(act: Callable[[], Any], count: int = 8) -> list[Any]:
    """What `act` gives, or raises, in so many threads at once."""
    barrier, found = threading.Barrier(count), []

    def run() -> None:
        barrier.wait()
        try:
            found.append(act())
        except MtopError as error:
            found.append(error.message)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_eight_threads_fetch_once_and_renew_once() -> None:
    source = Slow()
    identity = Identity("dev", source, {})
    gate = threading.Barrier(8)

    def meet_a_refusal() -> object:
        before = identity.headers()
        gate.wait()
        return before, identity.renew(), identity.headers()

    step = ({"Authorization": "Bearer 1"}, True, {"Authorization": "Bearer 2"})
    assert (in_threads(meet_a_refusal), source.fetched) == ([step] * 8, 2)


def test_threads_that_never_asked_renew_once_too() -> None:
    source = Slow()
    identity = Identity("dev", source, {})
    identity.headers()
    assert (in_threads(identity.renew), source.fetched) == ([True] * 8, 2)


def test_a_failure_is_every_threads_answer_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Slow(SourceError("no"))
    identity = Identity("dev", source, {})
    assert (in_threads(identity.headers), source.fetched) == (["no"] * 8, 1)
    monkeypatch.setattr(logins, "REMEMBERED_SECONDS", 0.0)
    assert identity.headers() == {"Authorization": "Bearer 2"}


# -- credential plugins


def test_a_plugin_gives_a_token_and_runs_once(login: MakeLogin, plugin: MakePlugin, tmp_path: Path) -> None:
    found = login({**plugin(printing(token="t0k")), "as": "jo"})
    expected = {"Authorization": "Bearer t0k", "Impersonate-User": "jo"}
    assert ([found.headers(), found.headers()], found.certificate()) == ([expected, expected], None)
    assert runs(tmp_path) == 1


def test_a_plugin_gives_a_certificate(login: MakeLogin, plugin: MakePlugin) -> None:
    script = printing(clientCertificateData=PAIR.cert, clientKeyData=PAIR.key)
    found = login(plugin(script))
    assert (found.certificate(), found.headers()) == (PAIR, {})


def test_a_plugins_token_goes_with_the_users_certificate(login: MakeLogin, plugin: MakePlugin, tmp_path: Path) -> None:
    encoded = {f"client-{name}-data": base64.b64encode(text.encode()).decode()
               for name, text in zip(("certificate", "key"), PAIR, strict=True)}  # fmt: skip
    found = login({**plugin(printing(token="t0k")), **encoded})
    assert (found.certificate(), found.headers()) == (PAIR, {"Authorization": "Bearer t0k"})


def test_no_key_is_left_behind(
    login: MakeLogin, plugin: MakePlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    login(plugin(printing(clientCertificateData=PAIR.cert, clientKeyData=PAIR.key))).certificate()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("seconds", "expected"), [(3600, 1), (40, 1), (-5, 1)])
def test_a_plugin_runs_again_when_its_credential_expires(
    seconds: int, expected: int, login: MakeLogin, plugin: MakePlugin, tmp_path: Path
) -> None:
    found = login(plugin(printing(token="t", expirationTimestamp=later(seconds=seconds))))
    for _ in range(3):
        found.headers()
    assert runs(tmp_path) == expected


def test_a_credential_is_replaced_before_it_expires(
    login: MakeLogin, plugin: MakePlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = login(plugin(printing(token="t", expirationTimestamp=later(hours=1))))
    start = time.time()
    for after, expected in ((0, 1), (3500, 1), (3580, 2)):
        monkeypatch.setattr(library, "_now", lambda after=after: start + after)
        found.headers()
        assert runs(tmp_path) == expected


def test_a_refused_plugin_runs_once_for_all_threads(login: MakeLogin, plugin: MakePlugin, tmp_path: Path) -> None:
    content = '{"apiVersion": "v", "kind": "", "status": {"token": "t%d"}}'
    found = login(plugin(f"sleep 0.1; printf '{content}' $(wc -l < runs)", apiVersion="v"))
    gate = threading.Barrier(8)

    def meet_a_refusal() -> object:
        before = found.headers()
        gate.wait()
        return before, found.renew(), found.headers()

    step = ({"Authorization": "Bearer t1"}, True, {"Authorization": "Bearer t2"})
    assert (in_threads(meet_a_refusal), runs(tmp_path)) == ([step] * 8, 2)


def test_a_plugin_with_nothing_new(login: MakeLogin, plugin: MakePlugin, tmp_path: Path) -> None:
    found = login(plugin(printing(token="t")))
    found.headers()
    assert (found.renew(), runs(tmp_path)) == (False, 2)


def test_what_a_plugin_is_given(login: MakeLogin, plugin: MakePlugin, tmp_path: Path) -> None:
    script = 'printf %s "$KUBERNETES_EXEC_INFO" > info; echo "$1|$2|$NAME" > words\n' + printing(token="t")
    authority = trustme.CA().cert_pem.bytes().decode()
    encoded = base64.b64encode(authority.encode()).decode()
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "x"}}
    cluster = {"certificate-authority-data": encoded, "tls-server-name": "inside", "extensions": [extension, None]}
    user = plugin(script, args=["a b", ""], env=[{"name": "NAME", "value": "v"}], provideClusterInfo=True)
    assert login(user, **cluster).headers() == {"Authorization": "Bearer t"}
    assert (tmp_path / "words").read_text() == "a b||v\n"
    assert json.loads((tmp_path / "info").read_text())["spec"] == {
        "interactive": False,
        "cluster": {"server": "https://one:6443", "config": {"audience": "x"}, **cluster, "extensions": [extension]},
    }


def test_a_plugin_on_the_path(
    login: MakeLogin, plugin: MakePlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert login(plugin(printing(token="t"), command="plugin")).headers() == {"Authorization": "Bearer t"}


def test_a_plugin_never_writes_on_our_output(
    login: MakeLogin, plugin: MakePlugin, capfd: pytest.CaptureFixture[str]
) -> None:
    login(plugin(f"echo hello >&2\n{printing(token='t')}")).headers()
    assert capfd.readouterr() == ("", "")


def test_another_threads_output_stays_where_it_belongs(capsys: pytest.CaptureFixture[str]) -> None:
    with library._aside(terminal=True):
        thread = threading.Thread(target=print, args=("theirs",))
        thread.start()
        thread.join()
        print("the library's")  # noqa: T201
        told = sys.stdout.isatty()
    assert (told, *capsys.readouterr()) == (True, "theirs\n", "the library's\n")


NO_JSON = "failed: failed to decode process output: Expecting value: line 1 column 1 (char 0)"


@pytest.mark.parametrize(
    ("script", "fields", "problem", "hint"),
    [
        ("printf 'log in\\n\\033[1mnow' >&2; exit 3", {}, "failed: process returned 3. log in \\x1b[1mnow", BY_HAND),
        ("exit 1", {"installHint": "get it\nthere"}, "failed: process returned 1", "get it there"),
        ("echo eyJhbGciOi.eyJhbGciOiJIUzI1.s3cret-s3cret >&2; exit 1", {}, "failed: process returned 1. …", BY_HAND),
        ("head -c 9000 /dev/zero | tr '\\0' x >&2; exit 1", {}, f"failed: process returned 1. {'x' * 480}", BY_HAND),
        ("", {}, NO_JSON, BY_HAND),
        ("echo s3cret", {}, NO_JSON, BY_HAND),
        ("echo 5", {}, "failed: argument of type 'int' is not iterable", BY_HAND),
        ("echo {}", {}, "failed: malformed response. missing key 'apiVersion'", BY_HAND),
        (printing(token="s3cret"), {"apiVersion": "v2"},
         "failed: plugin api version client.authentication.k8s.io/v1 does not match v2", BY_HAND),
        (printing(), {}, "gave neither a token nor a certificate with its key", BY_HAND),
        (printing(clientCertificateData="c"), {}, "gave neither a token nor a certificate with its key", BY_HAND),
        (printing(token=12345), {}, "gave no credential: token: expected a string", BY_HAND),
        (printing(token="t", expirationTimestamp="soon"), {},
         "gave no credential: status.expirationTimestamp: expected a time", BY_HAND),
        ('echo \'{"apiVersion": "client.authentication.k8s.io/v1", "kind": "", "status": []}\'', {},
         "gave no credential: status: expected a mapping", BY_HAND),
        ("", {"interactiveMode": "Always"}, "needs a terminal to ask something on", "run mtop in a terminal"),
    ],
)  # fmt: skip
def test_plugins_that_fail(
    script: str, fields: dict[str, Any], problem: str, hint: str, login: MakeLogin, plugin: MakePlugin, tmp_path: Path
) -> None:
    found = login(plugin(script, **fields))
    called = f'{tmp_path}/config: user "dev": exec: the credential plugin "{tmp_path}/./plugin"'
    assert failure(found.headers) == (SourceError, f"{called} {problem}", hint)


@pytest.mark.parametrize(
    ("fields", "problem", "hint"),
    [
        ({"command": "./none"}, '{label} the credential plugin "{folder}/./none" is not installed',
         "install it, or correct PATH"),
        ({"command": "no-such-plugin", "installHint": "brew it"},
         '{label} the credential plugin "no-such-plugin" is not installed', "brew it"),
        ({"command": "."}, """{label} the credential plugin "." failed: [Errno 13] Permission denied: '.'""", BY_HAND),
        ({"command": "a\0b"}, '{label} the credential plugin "a\\x00b" failed: embedded null byte', BY_HAND),
    ],
)  # fmt: skip
def test_plugins_that_cannot_run(
    fields: dict[str, Any], problem: str, hint: str, login: MakeLogin, plugin: MakePlugin, tmp_path: Path
) -> None:
    found = login(plugin("", **fields))
    message = problem.format(label=f'{tmp_path}/config: user "dev": exec:', folder=tmp_path)
    assert failure(found.headers) == (SourceError, message, hint)


def test_a_token_with_a_header_in_it(login: MakeLogin, plugin: MakePlugin) -> None:
    kind, message, _ = failure(login(plugin(printing(token="s3cret\r\nX: y"))).headers)
    assert kind is SourceError
    assert "s3cret" not in message


@pytest.mark.parametrize(
    ("fields", "problem", "hint"),
    [
        ({"command": ""}, "exec: command: there is none", "kubectl needs command and apiVersion, too"),
        ({"apiVersion": None}, "exec: apiVersion: there is none", "kubectl needs command and apiVersion, too"),
        ({"command": 5}, "command: expected a string", "write it in quotes"),
        ({"args": ["a", 5]}, "args[1]: expected a string", "write it in quotes"),
        ({"args": "a"}, "args: expected a list", "kubectl config view shows how kubectl reads the file"),
        ({"env": [5]}, "env[0]: expected a mapping", "kubectl config view shows how kubectl reads the file"),
        ({"env": [{"name": "A", "value": 5}]}, "value: expected a string", "write it in quotes"),
    ],
)
def test_malformed_plugins(
    fields: dict[str, Any], problem: str, hint: str, login: MakeLogin, plugin: MakePlugin, tmp_path: Path
) -> None:
    expected = (ConfigError, f'{tmp_path}/config: user "dev": {problem}', hint)
    assert failure(lambda: login(plugin("", **fields))) == expected


def test_a_plugin_may_ask_on_a_terminal(
    login: MakeLogin, plugin: MakePlugin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a terminal, the plugin has it for its questions, wherever our own output goes."""
    parent, child = os.openpty()
    with os.fdopen(parent, "r+b", buffering=0) as user, os.fdopen(child) as stdin, os.fdopen(os.dup(child), "w") as err:
        monkeypatch.setattr("sys.stdin", stdin)
        monkeypatch.setattr("sys.stderr", err)
        user.write(b"s3cret\n")
        script = f'printf "who? " >&2; read answer; echo "$answer" > answer\n{printing(token="t")}'
        assert login(plugin(script, interactiveMode="Always")).headers() == {"Authorization": "Bearer t"}
        assert (tmp_path / "answer").read_text() == "s3cret\n"
        assert b"who? " in user.read(100)


def test_without_the_library(login: MakeLogin, plugin: MakePlugin, monkeypatch: pytest.MonkeyPatch) -> None:
    found = login(plugin(printing(token="t")))
    for name in ("kubernetes.config.exec_provider", "kubernetes.config", "kubernetes"):
        monkeypatch.setitem(sys.modules, name, None)
    kind, message, hint = failure(found.headers)
    assert (kind, hint) == (PluginError, "install it with: pip install kubernetes")
    assert 'user "dev": exec: the kubernetes client cannot be loaded' in message


# -- auth providers


def jwt(**claims: Any) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims, {}))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


GOOD, EXPIRED = jwt(exp=4102444800, n=0), jwt(exp=946684800)


class Issuer(ThreadingHTTPServer):
    """An OIDC issuer: answers each refresh with the next token."""

    daemon_threads = True

    def __init__(self, authority: trustme.CA) -> None:
        super().__init__(("127.0.0.1", 0), IssuerHandler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.url = f"https://127.0.0.1:{self.server_port}"
        self.refreshed: list[tuple[str, str]] = []
        self.status = 200

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: a client that does not trust us hangs up."""


class IssuerHandler(BaseHTTPRequestHandler):
    """One request to the issuer."""

    server: Issuer

    def do_GET(self) -> None:
        self.answer(200, {"token_endpoint": f"{self.server.url}/token"})

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.refreshed.append((form["refresh_token"][0], self.headers["Authorization"]))
        number = len(self.server.refreshed)
        good = {"id_token": jwt(exp=4102444800, n=number), "refresh_token": f"r{number}", "access_token": "a"}
        bad = {"error": "invalid_grant", "error_description": f"{form['refresh_token'][0]} has expired"}
        self.answer(self.server.status, good if self.server.status == 200 else bad)

    def answer(self, status: int, content: dict[str, str]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def issuer(authority: trustme.CA) -> Iterator[Issuer]:
    with Issuer(authority) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def oidc(issuer: Issuer, authority: trustme.CA, **config: str) -> dict[str, Any]:
    data = base64.b64encode(authority.cert_pem.bytes()).decode()
    default = {"idp-issuer-url": issuer.url, "client-id": "mtop", "client-secret": "s3cret", "refresh-token": "r0"}
    return {"auth-provider": {"name": "oidc", "config": {**default, "idp-certificate-authority-data": data, **config}}}


BASIC = f"Basic {base64.b64encode(b'mtop:s3cret').decode()}"


def test_a_good_id_token_is_used_as_it_is(login: MakeLogin, issuer: Issuer, authority: trustme.CA) -> None:
    found = login(oidc(issuer, authority, **{"id-token": GOOD}))
    assert (found.headers(), issuer.refreshed) == ({"Authorization": f"Bearer {GOOD}"}, [])


def test_an_expired_id_token_is_refreshed_and_nothing_written(
    login: MakeLogin, issuer: Issuer, authority: trustme.CA, tmp_path: Path
) -> None:
    found = login(oidc(issuer, authority, **{"id-token": EXPIRED}))
    before = (tmp_path / "config").read_bytes()
    new = {"Authorization": f"Bearer {jwt(exp=4102444800, n=1)}"}
    assert ([found.headers(), found.headers()], issuer.refreshed) == ([new, new], [("r0", BASIC)])
    assert (tmp_path / "config").read_bytes() == before


def test_a_refused_id_token_is_refreshed_once(login: MakeLogin, issuer: Issuer, authority: trustme.CA) -> None:
    found = login(oidc(issuer, authority, **{"id-token": GOOD}))
    gate = threading.Barrier(8)

    def meet_a_refusal() -> object:
        found.headers()
        gate.wait()
        return found.renew(), found.headers()

    step = (True, {"Authorization": f"Bearer {jwt(exp=4102444800, n=1)}"})
    assert (in_threads(meet_a_refusal), issuer.refreshed) == ([step] * 8, [("r0", BASIC)])
    assert found.renew() is True
    assert issuer.refreshed[1] == ("r1", BASIC)


def test_an_id_token_that_cannot_be_refreshed(login: MakeLogin, issuer: Issuer, authority: trustme.CA) -> None:
    user = oidc(issuer, authority, **{"id-token": GOOD, "refresh-token": ""})
    found = login(user)
    assert (found.headers(), found.renew()) == ({"Authorization": f"Bearer {GOOD}"}, False)


def test_a_refresh_that_fails_tells_no_token(
    login: MakeLogin, issuer: Issuer, authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer.status = 400
    found = login(oidc(issuer, authority, **{"id-token": EXPIRED, "refresh-token": "s3cret-refresh"}))
    label = f'{tmp_path}/config: user "dev": auth-provider "oidc"'
    hint = "log in anew, or use a credential plugin (exec) in its place"
    assert failure(found.headers) == (SourceError, f"{label}: (invalid_grant) … has expired", hint)
    issuer.status = 200
    monkeypatch.setattr(logins, "REMEMBERED_SECONDS", 0.0)
    assert found.headers() == {"Authorization": f"Bearer {jwt(exp=4102444800, n=2)}"}


def test_an_issuer_is_not_trusted_blindly(
    login: MakeLogin, issuer: Issuer, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without a CA of its own, the issuer is checked against the system's, which the library alone would not do."""
    user = oidc(issuer, authority, **{"id-token": EXPIRED, "idp-certificate-authority-data": ""})
    del user["auth-provider"]["config"]["idp-certificate-authority-data"]
    kind, message, _ = failure(login(user).headers)
    assert kind is SourceError
    assert "certificate verify failed" in message.lower()
    assert issuer.refreshed == []
    (tmp_path / "ca.pem").write_bytes(authority.cert_pem.bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert login(user).headers() == {"Authorization": f"Bearer {jwt(exp=4102444800, n=1)}"}
    user["auth-provider"]["config"]["idp-certificate-authority"] = "ca.pem"
    monkeypatch.delenv("SSL_CERT_FILE")
    assert login(user).headers() == {"Authorization": f"Bearer {jwt(exp=4102444800, n=2)}"}


def test_a_gcp_token_of_a_command(login: MakeLogin, tmp_path: Path) -> None:
    script = tmp_path / "gcloud"
    content = json.dumps({"credential": {"access_token": "g", "token_expiry": "2999-01-01T00:00:00Z"}})
    script.write_text(f"#!/bin/sh\necho '{content}'\n")
    script.chmod(0o755)
    found = login({"auth-provider": {"name": "gcp", "config": {"cmd-path": str(script)}}})
    assert (found.headers(), found.renew()) == ({"Authorization": "Bearer g"}, False)


@pytest.mark.parametrize(
    ("provider", "problem"),
    [
        ({"name": "azure", "config": {"access-token": "s3cret"}}, 'auth-provider "azure": it gave no token'),
        ({"name": "oidc", "config": {"id-token": "s3cret"}}, 'auth-provider "oidc": it gave no token'),
        ({}, 'auth-provider "": it gave no token'),
    ],
)
def test_auth_providers_that_give_nothing(
    provider: dict[str, Any], problem: str, login: MakeLogin, tmp_path: Path
) -> None:
    hint = "log in anew, or use a credential plugin (exec) in its place"
    found = login({"auth-provider": provider})
    assert failure(found.headers) == (SourceError, f'{tmp_path}/config: user "dev": {problem}', hint)


def test_a_malformed_auth_provider(login: MakeLogin, tmp_path: Path) -> None:
    expected = (ConfigError, f'{tmp_path}/config: user "dev": config.id-token: expected a string', "write it in quotes")
    assert failure(lambda: login({"auth-provider": {"name": "oidc", "config": {"id-token": 5}}})) == expected
