"""Everything that can go wrong on the way: one line that says what, one that says what to do, and the exit code."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mtop_core.testing import Outcome, run
from tests.live.certificates import Authority
from tests.live.driving import mtop, requests
from tests.live.scripted import Answer, Scripted, status

LIST = "/apis/serving.kserve.io/v1alpha2/llminferenceservices"
EMPTY = {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []}
PATHS = (
    LIST, "/apis/serving.kserve.io/v1beta1/inferenceservices", "/apis/apps/v1/deployments", "/api/v1/pods",
    "/api/v1/nodes", "/apis/leaderworkerset.x-k8s.io/v1/leaderworkersets",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)


@pytest.fixture
def cluster(scripted: Scripted) -> Scripted:
    """A cluster without objects."""
    for path in PATHS:
        scripted.script(path, Answer(body=EMPTY))
    scripted.script("/version", Answer(body={"gitVersion": "v1.36.0"}))
    return scripted


def listed(cluster: Scripted, *more: str) -> Outcome:
    return mtop(cluster.kubeconfig(), "list", "-A", *more)


def lines(outcome: Outcome, url: str) -> list[str]:
    """What was said on stderr, with the address left out."""
    return outcome.stderr.replace(url, "URL").splitlines()


WHERE = "the cluster of context plane at URL"


def test_401(cluster: Scripted) -> None:
    cluster.script(LIST, Answer(401))
    outcome = listed(cluster)
    assert (outcome.exit_code, outcome.stdout) == (3, "")
    assert lines(outcome, cluster.url) == [
        f"mtop: error: {WHERE} does not accept the credentials of user user (401 Unauthorized)",
        "mtop: hint: they may have expired: log in again, or check them with: kubectl auth whoami",
    ]


@pytest.mark.parametrize(
    ("answer", "tries", "gap"),
    [
        (Answer(403, body=status(403, 'x is forbidden: User "vic" cannot list resource', "Forbidden")), 1,
         "forbidden: user vic may not list pods in all namespaces"),
        (Answer(429, {"Retry-After": "1"}, b"Too many requests, please try again later.\n"), 4,
         f"{WHERE} has too much to do (429 Too Many Requests): Too many requests, please try again later."),
        (Answer(500), 4, f"{WHERE} failed with 500 (list pods in all namespaces): scripted 500"),
        (Answer(502, body=b"<html>Bad Gateway</html>"), 4,
         f"{WHERE} failed with 502 (list pods in all namespaces): <html>Bad Gateway</html>"),
        (Answer(503, {"Retry-After": "3600"}), 4,
         f"{WHERE} failed with 503 (list pods in all namespaces): scripted 503"),
        (Answer(504), 4, f"{WHERE} failed with 504 (list pods in all namespaces): scripted 504"),
        (Answer(500, body=b"\x1b[2J\r\nx" * 500), 4,
         f"{WHERE} failed with 500 (list pods in all namespaces): " + ("\\x1b[2J x" * 500)[:599] + "…"),
        (Answer(200, {"Content-Type": "text/html"}, b"<html>log in</html>"), 1,
         "the answer is no list of pods: is that an API server?"),
        (Answer(body={"metadata": {}, "items": [{"metadata": {"name": 7}}]}), 1,
         "the answer is no list of pods: is that an API server?"),
        (Answer(body={"metadata": {}, "items": ["x"]}), 1, "the answer is no list of pods: is that an API server?"),
        (Answer(body=b"[" * 200_000), 1, "the answer is no list of pods: is that an API server?"),
        (Answer(200, {"Content-Encoding": "gzip"}, b"not gzip"), 1,
         "list pods in all namespaces: the answer is damaged: it cannot be unpacked"),
        (Answer(410, body=status(410, "too old", "Expired")), 3,
         "list pods in all namespaces: the server no longer holds that state: too old"),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Answer) else "",
)  # fmt: skip
def test_what_fails_for_one_kind_is_a_gap(cluster: Scripted, answer: Answer, tries: int, gap: str) -> None:
    cluster.script("/api/v1/pods", answer)
    outcome = listed(cluster, "-o", "json")
    assert outcome.exit_code == 0, outcome.stderr
    gaps = {one["resource"]: one["reason"].replace(cluster.url, "URL") for one in json.loads(outcome.stdout)["gaps"]}
    assert gaps == {"pods": gap}
    assert len(cluster.asked("/api/v1/pods")) == tries


def test_what_fails_for_a_moment_is_asked_again(cluster: Scripted) -> None:
    cluster.script("/api/v1/pods", Answer(503), Answer(429, {"Retry-After": "0"}), Answer(body=EMPTY))
    cluster.script("/api/v1/nodes", Answer(body=EMPTY, only=10), Answer(body=EMPTY))
    outcome = listed(cluster, "-o", "json", "-v")
    assert json.loads(outcome.stdout)["gaps"] == []
    assert len(cluster.asked("/api/v1/pods")) == 3
    assert len(cluster.asked("/api/v1/nodes")) == 2
    said = [line for line in lines(outcome, cluster.url) if "; again in " in line]
    assert len(said) == 3, "each pause shows with -v"
    assert any("cut the connection (list nodes); again in " in line for line in said)
    assert listed(cluster).stderr.count("again in") == 0


def test_retry_after_is_kept_within_reason(cluster: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("tenacity.nap.time.sleep", pauses.append)
    cluster.script("/api/v1/pods", Answer(429, {"Retry-After": "2"}), Answer(429, {"Retry-After": "86400"}),
                   Answer(body=EMPTY))  # fmt: skip
    assert listed(cluster).exit_code == 0
    assert pauses == [2, 10]


def test_a_write_is_sent_again_only_where_the_server_has_not_taken_it_up(cluster: Scripted, tmp_path: Path) -> None:
    from mtop_core.testing import service

    path = "/apis/serving.kserve.io/v1alpha2/namespaces/default/llminferenceservices"
    manifest = json.dumps(service("a", "default")).encode()
    cluster.script(path, Answer(429, {"Retry-After": "1"}), Answer(201, body=service("a", "default")))
    assert mtop(cluster.kubeconfig(), "create", "-f", "-", stdin=manifest).exit_code == 0
    assert len(cluster.asked(path)) == 2
    for answer in (Answer(500), Answer(201, body=service("a", "default"), only=5)):
        cluster.requests.clear()
        cluster.script(path, answer)
        outcome = mtop(cluster.kubeconfig(), "create", "-f", "-", stdin=manifest)
        assert outcome.exit_code == 3
        assert len(cluster.asked(path)) == 1
        assert "create llminferenceservices.serving.kserve.io in namespace default" in outcome.stderr


def test_an_outcome_that_nobody_knows_is_not_made_up(cluster: Scripted) -> None:
    from mtop_core.testing import service

    path = "/apis/serving.kserve.io/v1alpha2/namespaces/default/llminferenceservices"
    manifest = json.dumps(service("a", "default")).encode()
    name = "llminferenceservice.serving.kserve.io/a"
    cluster.script(path, Answer(201, body=service("a", "default"), only=0))
    outcome = mtop(cluster.kubeconfig(), "create", "-f", "-", stdin=manifest)
    deed = "create llminferenceservices.serving.kserve.io in namespace default"
    assert lines(outcome, cluster.url) == [
        f"mtop: error: {name}: {WHERE} cut the connection ({deed}); it is not known whether it was created",
        "mtop: hint: see whether it is there: mtop get a -n default",
    ]
    cluster.script(path, Answer(504, {"Retry-After": "1"}))
    outcome = mtop(cluster.kubeconfig(), "create", "-f", "-", stdin=manifest)
    assert "scripted 504; it is not known whether it was created" in outcome.stderr
    both = manifest + json.dumps(service("b", "default")).encode()
    made = {**service("a", "default"), "metadata": {**service("a", "default")["metadata"], "uid": "u"}}
    cluster.script(path, Answer(201, body=made), Answer(201, body=made), Answer(201, body=made), Answer(504))
    cluster.script(f"{path}/a", Answer(body={"details": {"uid": "u"}}))
    outcome = mtop(cluster.kubeconfig(), "create", "-f", "-", stdin=both)
    assert "/b: " in outcome.stderr
    assert "; it is not known whether it was created; none of the others is left\n" in outcome.stderr
    assert json.loads(cluster.asked(f"{path}/a")[0].body)["preconditions"] == {"uid": "u"}
    there = {**EMPTY, "items": [made]}
    cluster.script(path, Answer(body=there))
    cluster.script(f"{path}/a", Answer(200, only=0))
    outcome = mtop(cluster.kubeconfig(), "delete", "llmisvc/a", "--yes")
    unknown = "it is not known whether LLMInferenceService default/a is deleted"
    assert f"; {unknown}; no other was deleted\n" in outcome.stderr


def test_a_namespace_that_is_none(cluster: Scripted) -> None:
    assert mtop(cluster.kubeconfig(), "list", "-n", "a/b") == (
        2, "", 'mtop: error: "a/b" is no name of a namespace\nmtop: hint: small letters, digits and dashes\n',
    )  # fmt: skip


def test_what_is_said_before_the_answer_is_no_answer(tmp_path: Path) -> None:
    body = json.dumps(EMPTY).encode()
    early = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    with _says(early + b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)) as port:
        outcome = mtop(_kubeconfig(tmp_path, f"http://127.0.0.1:{port}"), "get", "config", "-A", "-o", "name")
    assert (outcome.exit_code, outcome.stdout) == (0, "")
    with _says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n") as port:
        outcome = mtop(_kubeconfig(tmp_path, f"http://127.0.0.1:{port}"), "list")
    assert outcome.exit_code == 3
    assert "answered with something that is not HTTP" in outcome.stderr


def test_422_names_each_field(cluster: Scripted) -> None:
    from mtop_core.testing import service

    path = "/apis/serving.kserve.io/v1alpha2/namespaces/default/llminferenceservices"
    causes = [{"field": "spec.a", "message": "must be b"}, {"field": "spec.c", "message": "is \x1b[2J missing"}]
    said = {**status(422, "a is invalid", "Invalid"), "details": {"causes": causes}}
    cluster.script(path, Answer(422, body=said))
    manifest = json.dumps(service("a", "default")).encode()
    outcome = mtop(cluster.kubeconfig(), "create", "-f", "-", stdin=manifest)
    name = "llminferenceservice.serving.kserve.io/a"
    assert (outcome.exit_code, outcome.stderr.splitlines()) == (3, [
        f"mtop: error: {name}: the server refuses it: a is invalid; nothing was created",
        "  spec.a: must be b",
        "  spec.c: is \\x1b[2J missing",
        "mtop: hint: kubectl explain KIND.FIELD says what it takes",
    ])  # fmt: skip


def test_no_kserve(cluster: Scripted) -> None:
    cluster.script("/apis/serving.kserve.io/v1alpha2/llminferenceservices", Answer(404, body=b"404 page not found\n"))
    cluster.script("/apis/serving.kserve.io/v1beta1/inferenceservices", Answer(404, body=b"404 page not found\n"))
    outcome = listed(cluster)
    assert (outcome.exit_code, outcome.stdout, lines(outcome, cluster.url)) == (3, "", [
        "mtop: error: no KServe in the cluster of context plane: it lacks "
        "llminferenceservices.serving.kserve.io, inferenceservices.serving.kserve.io",
        "mtop: hint: install KServe's CRDs, or look at another cluster: --context NAME",
    ])  # fmt: skip


def test_only_some_crds(cluster: Scripted) -> None:
    cluster.script("/apis/serving.kserve.io/v1beta1/inferenceservices", Answer(404))
    cluster.script("/apis/leaderworkerset.x-k8s.io/v1/leaderworkersets", Answer(404))
    outcome = listed(cluster)
    assert (outcome.exit_code, outcome.stdout) == (0, "")
    assert lines(outcome, cluster.url)[:3] == [
        "No resources found.",
        "mtop: not checked: inferenceservices.serving.kserve.io (the cluster does not serve it)",
        "mtop: not checked: leaderworkersets.leaderworkerset.x-k8s.io (the cluster does not serve it)",
    ]


def test_an_old_cluster_is_read_as_it_can_be(cluster: Scripted) -> None:
    from mtop_core.testing import service

    old = {**service("old"), "apiVersion": "serving.kserve.io/v1alpha1"}
    cluster.script("/apis/serving.kserve.io/v1alpha2/llminferenceservices", Answer(404))
    cluster.script("/apis/serving.kserve.io/v1alpha1/llminferenceservices", Answer(body={**EMPTY, "items": [old]}))
    outcome = listed(cluster, "-o", "json")
    assert [row["name"] for row in json.loads(outcome.stdout)["items"]] == ["old"]
    assert json.loads(outcome.stdout)["gaps"] == []


def test_a_version_nobody_here_knows_is_named(cluster: Scripted) -> None:
    cluster.script("/apis/leaderworkerset.x-k8s.io/v1/leaderworkersets", Answer(404))
    cluster.script("/apis/leaderworkerset.x-k8s.io", Answer(body={"versions": [{"version": "v9"}]}))
    cluster.script("/apis/leaderworkerset.x-k8s.io/v9", Answer(body={"resources": [{"name": "leaderworkersets"}]}))
    gaps = json.loads(listed(cluster, "-o", "json").stdout)["gaps"]
    assert gaps == [{"resource": "leaderworkersets.leaderworkerset.x-k8s.io",
                     "reason": "the cluster serves it as v9, which mtop does not read"}]  # fmt: skip


def test_no_api_server_at_all(scripted: Scripted) -> None:
    outcome = mtop(scripted.kubeconfig(), "list", "-A")
    assert outcome.exit_code == 3
    assert outcome.stderr.startswith("mtop: error: ")
    assert len(outcome.stderr.splitlines()) <= 2


def test_a_list_that_never_ends_is_not_read_for_ever(cluster: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtop_live.listing.MAX_OBJECTS", 10)
    page = {**EMPTY, "metadata": {"continue": "again"}, "items": [{"metadata": {"name": "x"}}] * 4}
    cluster.script("/api/v1/pods", Answer(body=page))
    gaps = json.loads(listed(cluster, "-o", "json").stdout)["gaps"]
    assert gaps == [{"resource": "pods", "reason": "the same page comes again and again: is that an API server?"}]
    pages = [{**page, "metadata": {"continue": str(number)}} for number in range(5)]
    cluster.script("/api/v1/pods", *(Answer(body=one) for one in pages))
    gaps = json.loads(listed(cluster, "-o", "json").stdout)["gaps"]
    assert gaps == [{"resource": "pods", "reason": "more than 10 objects; look at one namespace: -n NS"}]
    monkeypatch.setattr("mtop_live.transport.MAX_BODY", 1 << 20)
    cluster.script("/api/v1/pods", Answer(body=b" " * (2 << 20)))
    gaps = json.loads(listed(cluster, "-o", "json").stdout)["gaps"]
    assert gaps[0]["reason"] == "list pods in all namespaces: an answer of more than 1 MiB"


def test_a_packed_bomb(cluster: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    monkeypatch.setattr("mtop_live.transport.MAX_BODY", 1 << 20)
    cluster.script("/api/v1/pods", Answer(200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * (64 << 20))))
    gaps = json.loads(listed(cluster, "-o", "json").stdout)["gaps"]
    assert gaps[0]["reason"] == "list pods in all namespaces: an answer of more than 1 MiB"


def test_a_server_that_does_not_answer(cluster: Scripted) -> None:
    cluster.script("/api/v1/pods", Answer(hangs=True))
    outcome = listed(cluster, "--request-timeout", "2s")
    assert (outcome.exit_code, outcome.stdout, lines(outcome, cluster.url)) == (3, "", [
        f"mtop: error: {WHERE} did not answer within 2 s (list pods in all namespaces)",
        "mtop: hint: check the network and the VPN; --request-timeout sets how long to wait",
    ])  # fmt: skip


def _kubeconfig(folder: Path, server: str, **cluster: Any) -> Path:
    path = folder / "kubeconfig"
    config = {
        "apiVersion": "v1", "kind": "Config", "current-context": "plane",
        "contexts": [{"name": "plane", "context": {"cluster": "plane", "user": "user"}}],
        "clusters": [{"name": "plane", "cluster": {"server": server, **cluster}}],
        "users": [{"name": "user", "user": {"token": "secret-token"}}],
    }  # fmt: skip
    path.write_text(json.dumps(config))
    return path


def _failed(outcome: Outcome, server: str) -> list[str]:
    assert (outcome.exit_code, outcome.stdout) == (3, "")
    assert "secret-token" not in outcome.stderr
    return lines(outcome, server)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_nobody_listens(tmp_path: Path) -> None:
    server = f"https://127.0.0.1:{_free_port()}"
    assert _failed(mtop(_kubeconfig(tmp_path, server), "list"), server) == [
        f"mtop: error: {WHERE}: nobody listens there (connection refused)",
        "mtop: hint: is the cluster up, and the context the right one? kubectl config get-contexts",
    ]


def test_an_unknown_host(tmp_path: Path) -> None:
    server = "https://no-such-host.invalid:6443"
    said = _failed(mtop(_kubeconfig(tmp_path, server), "list"), server)
    assert said[0].startswith(f"mtop: error: {WHERE}: its name is unknown (")
    assert said[1] == "mtop: hint: check the server in the kubeconfig, the VPN and DNS"


def test_a_certificate_of_somebody_else(scripted: Scripted, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Authority(other)
    kubeconfig = _kubeconfig(tmp_path, scripted.url, **{"certificate-authority": str(other / "ca.crt")})
    said = _failed(mtop(kubeconfig, "list"), scripted.url)
    assert said[0].startswith(f"mtop: error: {WHERE}: its certificate cannot be trusted: ")
    assert said[1].startswith("mtop: hint: check certificate-authority(-data) and tls-server-name of the cluster")


def test_a_certificate_for_another_name(scripted: Scripted, tmp_path: Path) -> None:
    kubeconfig = _kubeconfig(tmp_path, scripted.url, **{"certificate-authority": str(scripted.folder / "ca.crt"),
                                                        "tls-server-name": "api.example.com"})  # fmt: skip
    (said, _) = _failed(mtop(kubeconfig, "list"), scripted.url)
    assert "cannot be trusted: Hostname mismatch, certificate is not valid for 'api.example.com'" in said


@contextlib.contextmanager
def _says(answer: bytes) -> Iterator[int]:
    """A server that says the same bytes to everyone, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def test_plain_http_where_tls_should_be(tmp_path: Path) -> None:
    with _says(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        server = f"https://127.0.0.1:{port}"
        said = _failed(mtop(_kubeconfig(tmp_path, server), "list"), server)
    assert said[0].startswith(f"mtop: error: {WHERE}: TLS failed: ")
    assert said[0].endswith("; does it speak http without s?")


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000, b"\x00" * 70_000]
)
def test_something_that_is_no_http(tmp_path: Path, answer: bytes) -> None:
    with _says(answer) as port:
        server = f"http://127.0.0.1:{port}"
        said = _failed(mtop(_kubeconfig(tmp_path, server), "list"), server)
    assert said[0].startswith(f"mtop: error: {WHERE} answered with something that is not HTTP: ")


def test_a_proxy_that_refuses(tmp_path: Path) -> None:
    with _says(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n") as port:
        kubeconfig = _kubeconfig(tmp_path, "https://api.example.com", **{"proxy-url": f"http://me:pw@127.0.0.1:{port}"})
        said = _failed(mtop(kubeconfig, "list"), "https://api.example.com")
    assert said == [
        f"mtop: error: {WHERE}: the proxy 127.0.0.1:{port} does not connect us: it answers 407",
        "mtop: hint: see proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY",
    ]


def test_a_bad_certificate_authority(tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    server = "https://127.0.0.1:1"
    outcome = mtop(_kubeconfig(tmp_path, server, **{"certificate-authority": str(tmp_path / "ca.crt")}), "list")
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("mtop: error: the certificate authority of the cluster cannot be read")


def test_flags_of_clusters_and_files_exclude_each_other() -> None:
    assert run("list", "--mock", "healthy", "--context", "x") == (
        2, "", "mtop: error: --context is for clusters, --mock reads files\nmtop: hint: leave one of them out\n",
    )  # fmt: skip
    assert run("list", "--live", "--request-timeout", "soon") == (
        2, "", 'mtop: error: --request-timeout "soon" is no duration\n'
        "mtop: hint: write it as 30s, 2m or 1m30s\n",
    )  # fmt: skip


def test_a_context_means_a_cluster(cluster: Scripted) -> None:
    kubeconfig = str(cluster.kubeconfig())
    outcome = run("list", "-A", "--kubeconfig", kubeconfig, "--context", "plane", "-v")
    assert len(requests(outcome)) == 6
    assert "mtop: source: live plane, as of" in outcome.stderr
    outcome = run("--kubeconfig", kubeconfig, "list", "-A", env={"LLD_MODE": "live"})
    assert "mtop: source: live plane, as of" in outcome.stderr
    outcome = run("--context", "nope", "list", "-A", env={"KUBECONFIG": kubeconfig})
    assert outcome.stderr.splitlines()[1] == "mtop: hint: known contexts: plane"




def test_completion_knows_names_and_waits_for_nobody(cluster: Scripted) -> None:
    from mtop_core.kubectl_complete import answer
    from mtop_core.testing import service

    path = "/apis/serving.kserve.io/v1alpha2/namespaces/default/llminferenceservices"
    cluster.script(path, Answer(body={**EMPTY, "items": [service("llama", "default"), service("phi", "default")]}))
    kubeconfig = str(cluster.kubeconfig())
    line = ("get", "--kubeconfig", kubeconfig)
    assert answer([*line, ""]) == "llama\tLLMInferenceService in default\nphi\tLLMInferenceService in default\n:4\n"
    assert answer([*line, "--context", "pl"]) == "plane\n:4\n"
    cluster.script(path, Answer(hangs=True))
    assert answer([*line, ""]) == ":4\n"
    cluster.script(path, Answer(401))
    assert answer([*line, ""]) == ":4\n"
