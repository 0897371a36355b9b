"""kubectl itself, offline: what the differential tests compare with."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

KUBECTL = shutil.which("kubectl")
_OFFLINE = {"PATH": os.environ.get("PATH", ""), "KUBECONFIG": os.devnull}
_RESOURCES = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": "v1",
    "resources": [
        {"name": "configmaps", "singularName": "configmap", "namespaced": True, "kind": "ConfigMap", "verbs": ["list"]}
    ],
}
_ANSWERS: dict[str, Any] = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": _RESOURCES,
}


def templated(path: Path, template: str) -> str | None:
    """What kubectl prints for `-o jsonpath=TEMPLATE` of the object in a file, None where it refuses."""
    assert KUBECTL
    command = [KUBECTL, "patch", "--local", "-f", str(path), "--type=merge", "-p", "{}", "-o", f"jsonpath={template}"]
    done = subprocess.run(command, env={**_OFFLINE, "HOME": str(path.parent)}, capture_output=True, timeout=60)
    return None if done.returncode else done.stdout.decode()


@contextmanager
def server(items: Sequence[Any]) -> Iterator[str]:
    """The URL of a server that holds some ConfigMaps, of any shape."""
    answers = {**_ANSWERS, "/api/v1/namespaces/default/configmaps": {
        "kind": "ConfigMapList", "apiVersion": "v1", "metadata": {}, "items": list(items),
    }}  # fmt: skip

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = answers.get(self.path.partition("?")[0])
            body = json.dumps(answer or {"kind": "Status", "apiVersion": "v1", "status": "Failure"}).encode()
            self.send_response(200 if answer else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        running.shutdown()
        running.server_close()


def listed(url: str, cache: Path, output: str) -> str | None:
    """What kubectl prints for `get configmaps -o OUTPUT`, None where it refuses."""
    assert KUBECTL
    command = [KUBECTL, "-s", url, f"--cache-dir={cache}", "get", "configmaps", "-o", output]
    done = subprocess.run(command, env={**_OFFLINE, "HOME": str(cache)}, capture_output=True, timeout=60)
    return None if done.returncode else done.stdout.decode()
