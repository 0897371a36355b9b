"""Every way to a cluster that kubectl knows, gone for real: who we are, where it is, and what lies between."""

from __future__ import annotations

import base64
import json
import os
import select
import socket
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mtop_core.testing import Outcome, run, service
from tests.live.driving import documents, mtop
from tests.live.plane import Plane
from tests.live.rbac import grant, take_back

pytestmark = pytest.mark.live

ROOT = "/apis/serving.kserve.io/v1alpha2/namespaces/default/llminferenceservices"


@pytest.fixture
def one(live_plane: Plane) -> Iterator[Plane]:
    """A server with one service in `default`."""
    live_plane.request("POST", ROOT, service("one", "default"))
    yield live_plane
    take_back(live_plane)


def config(plane: Plane, user: dict[str, Any], **cluster: Any) -> Path:
    """A kubeconfig of our own."""
    path = plane.folder / "own-kubeconfig"
    where = {"server": plane.url, "certificate-authority": str(plane.folder / "ca.crt"), **cluster}
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": "own",
        "contexts": [{"name": "own", "context": {"cluster": "own", "user": "own", "namespace": "default"}}],
        "clusters": [{"name": "own", "cluster": where}], "users": [{"name": "own", "user": user}],
    }))  # fmt: skip
    return path


def found(outcome: Outcome) -> list[str]:
    """The services listed."""
    assert outcome.exit_code == 0, outcome.stderr
    return [row["name"] for row in documents(outcome)["items"]]


LIST = ("list", "-o", "json")


def test_a_token(one: Plane) -> None:
    assert found(mtop(config(one, {"token": "admin-token"}), *LIST)) == ["one"]


def test_a_token_in_a_file_that_changes(one: Plane, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("admin-token\n")
    assert found(mtop(config(one, {"tokenFile": str(tmp_path / "token")}), *LIST)) == ["one"]


def test_a_token_by_flag_beats_the_kubeconfig(one: Plane) -> None:
    assert found(mtop(config(one, {"token": "wrong"}), *LIST, "--token", "admin-token")) == ["one"]
    outcome = mtop(config(one, {"token": "wrong-token"}), *LIST)
    assert outcome.exit_code == 3
    assert "does not accept the credentials of user own (401 Unauthorized)" in outcome.stderr
    assert "wrong-token" not in outcome.stderr


def test_a_client_certificate(one: Plane) -> None:
    assert found(mtop(one.certificate_kubeconfig("cara", "system:masters"), *LIST)) == ["one"]
    outcome = mtop(one.certificate_kubeconfig("dan"), *LIST)
    assert "forbidden: user dan may not list llminferenceservices.serving.kserve.io in namespace" in outcome.stderr


def test_a_client_certificate_in_the_kubeconfig_itself_and_no_file_left(
    one: Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = one.certificate_kubeconfig("cara", "system:masters")
    given = json.loads(path.read_text())
    user = given["users"][0]["user"]
    data = {f"{name}-data": base64.b64encode(Path(user[name]).read_bytes()).decode() for name in user}
    folder = one.folder / "temporary"
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    assert found(mtop(config(one, data), *LIST)) == ["one"]
    assert list(folder.iterdir()) == []


def _program(folder: Path, body: str) -> str:
    path = folder / "credential-plugin"
    path.write_text(f"#!{sys.executable}\n{body}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def _exec(command: str, **more: Any) -> dict[str, Any]:
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": command, "interactiveMode": "Never",
                     **more}}  # fmt: skip


def test_an_exec_plugin(one: Plane, tmp_path: Path) -> None:
    program = _program(tmp_path, (
        "import json, os, pathlib\n"
        f"log = pathlib.Path({str(tmp_path / 'calls')!r})\n"
        "log.write_text((log.read_text() if log.exists() else '') + 'x')\n"
        "info = json.loads(os.environ['KUBERNETES_EXEC_INFO'])\n"
        "print(json.dumps({'apiVersion': info['apiVersion'], 'kind': 'ExecCredential',"
        " 'status': {'token': os.environ['WHO'] + '-token'}}))\n"
    ))  # fmt: skip
    kubeconfig = config(one, _exec(program, env=[{"name": "WHO", "value": "admin"}]))
    assert found(mtop(kubeconfig, *LIST)) == ["one"]
    assert (tmp_path / "calls").read_text() == "x", "once for all requests"


def test_an_exec_plugin_that_fails(one: Plane, tmp_path: Path) -> None:
    program = _program(tmp_path, "import sys\nsys.exit('your session has expired, run: sso login')\n")
    outcome = mtop(config(one, _exec(program)), *LIST)
    assert (outcome.exit_code, outcome.stdout) == (3, "")
    assert "your session has expired, run: sso login" in outcome.stderr.splitlines()[0]
    outcome = mtop(config(one, _exec(str(tmp_path / "no-such-plugin"), installHint="get it from us")), *LIST)
    assert outcome.exit_code == 3
    assert "get it from us" in outcome.stderr


def test_the_pod_s_own_service_account(one: Plane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text("admin-token")
    (tmp_path / "ca.crt").write_bytes((one.folder / "ca.crt").read_bytes())
    (tmp_path / "namespace").write_text("default")
    monkeypatch.setattr("mtop_live.kubeconfig.SERVICE_ACCOUNT", str(tmp_path))
    host, _, port = one.url.removeprefix("https://").partition(":")
    inside = {"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port}
    outcome = run("list", "--live", env=inside)
    assert outcome.exit_code == 0
    assert "mtop: source: live in-cluster, as of" in outcome.stderr
    assert found(run(*LIST, "--live", env=inside)) == ["one"]


def test_as_somebody_else(one: Plane) -> None:
    one.tokens["eve-token"] = ("eve", "people")
    one.write_tokens()
    outcome = mtop(one.kubeconfig(), *LIST, "--as", "eve", "--as-group", "people", "--as-group", "more")
    assert "forbidden: user eve may not list llminferenceservices.serving.kserve.io" in outcome.stderr
    from mtop_core.objects.kinds import DEPLOYMENT, INFERENCE_SERVICE, LEADER_WORKER_SET, LLM_SERVICE, NODE, POD

    grant(one, "eve-token", [LLM_SERVICE, INFERENCE_SERVICE, DEPLOYMENT, LEADER_WORKER_SET, POD, NODE], ("list",))
    assert found(mtop(one.kubeconfig(), *LIST, "--as", "eve")) == ["one"]


def test_several_kubeconfigs_and_a_context_of_the_second(one: Plane, tmp_path: Path) -> None:
    context = {"cluster": "plane", "user": "user", "namespace": "chat"}
    first = {"apiVersion": "v1", "kind": "Config", "current-context": "first", "users": [], "clusters": [],
             "contexts": [{"name": "first", "context": context}]}  # fmt: skip
    (tmp_path / "first").write_text(json.dumps(first))
    chain = os.pathsep.join([str(tmp_path / "first"), str(tmp_path / "missing"), str(one.kubeconfig())])
    outcome = run("list", "--live", env={"KUBECONFIG": chain})
    assert "No resources found in chat namespace." in outcome.stderr
    assert found(run(*LIST, "--context", "plane", env={"KUBECONFIG": chain})) == ["one"]
    assert found(run(*LIST, "--context", "first", "-n", "default", env={"KUBECONFIG": chain})) == ["one"]


def test_the_cluster_has_another_name_than_its_address(one: Plane) -> None:
    port = one.port
    kubeconfig = config(one, {"token": "admin-token"}, server=f"https://localhost:{port}",
                        **{"tls-server-name": "127.0.0.1"})  # fmt: skip
    assert found(mtop(kubeconfig, *LIST)) == ["one"]


def test_no_verification(one: Plane) -> None:
    bare = config(one, {"token": "admin-token"})
    content = json.loads(bare.read_text())
    del content["clusters"][0]["cluster"]["certificate-authority"]
    bare.write_text(json.dumps(content))
    assert "cannot be trusted" in mtop(bare, *LIST).stderr
    assert found(mtop(bare, *LIST, "--insecure-skip-tls-verify")) == ["one"]
    assert found(mtop(bare, *LIST, "--certificate-authority", str(one.folder / "ca.crt"))) == ["one"]


def test_a_server_by_flag_alone(one: Plane) -> None:
    outcome = run(*LIST, "--server", one.url, "--token", "admin-token", "--certificate-authority",
                  str(one.folder / "ca.crt"))  # fmt: skip
    assert found(outcome) == ["one"]


class Proxy:
    """An HTTP proxy that knows CONNECT and nothing else, and remembers what for and with which credentials."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._tunnel, args=(client,), daemon=True).start()

    def _tunnel(self, client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(4096)
        self.asked.append(head.decode())
        host, _, port = head.split()[1].decode().rpartition(":")
        server = socket.create_connection((host, int(port)))
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with client, server:
            while True:
                ready, _, _ = select.select([client, server], [], [], 30)
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        return
                    (server if end is client else client).sendall(data)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy."""
    there = Proxy()
    yield there
    there.close()


def test_through_a_proxy(one: Plane, proxy: Proxy) -> None:
    kubeconfig = config(one, {"token": "admin-token"}, **{"proxy-url": f"http://me:p%40ss@127.0.0.1:{proxy.port}"})
    outcome = mtop(kubeconfig, *LIST, "-vv")
    assert found(outcome) == ["one"]
    assert all(asked.startswith(f"CONNECT 127.0.0.1:{one.port} HTTP/1.") for asked in proxy.asked)
    assert base64.b64encode(b"me:p@ss").decode() in proxy.asked[0]
    assert "p@ss" not in outcome.stderr
    assert "p%40ss" not in outcome.stderr


def test_the_environment_s_proxy_and_what_it_leaves_out(one: Plane, proxy: Proxy) -> None:
    name = f"https://localhost:{one.port}"
    kubeconfig = config(one, {"token": "admin-token"}, server=name, **{"tls-server-name": "127.0.0.1"})
    env = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}"}
    assert found(run(*LIST, "--kubeconfig", str(kubeconfig), env=env)) == ["one"]
    assert proxy.asked == [], "this machine is never behind a proxy"
