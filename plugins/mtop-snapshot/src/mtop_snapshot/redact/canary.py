"""The last look at a finished snapshot: planted secrets must not sing, and nothing masked may still be there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from mtop_snapshot.redact.masks import Masker
from mtop_snapshot.redact.patterns import masked, suspect
from mtop_snapshot.redact.redactor import Redactor

_WORDS = ("canary", "Sings", "4LeakS", "0nly")
# Where a secret may sit, with `{}` for the secret: none of these may come out as it went in.
_LINES = (
    'INFO 10-12 09:00:00 [logger.py:40] Received request cmpl-1: prompt: "{} and more", params: SamplingParams(n=1)',
    'INFO Generated response cmpl-1: output: "{}", output_token_ids: [1, 2]',
    '{{"messages": [{{"role": "user", "content": "{}"}}]}}',
    "curl -H 'Authorization: Bearer {}' https://example.com",
    "non-default args: {{'api_key': ['{}'], 'port': 8000}}",
    "GET https://bucket.example.com/model?X-Amz-Signature={}&x=1",
    "postgres://svc:{}@db.example.com/models",
    "vllm serve --api-key {} --port 8000",
)


def self_test(redactor: Redactor) -> list[str]:
    """The forms of secrets that a redactor lets through, by name; none where it is sound."""
    trial = Redactor(b"canary")
    trial.masker = type(redactor.masker)(b"canary")
    secret = "".join(_WORDS)
    leaks = [name for name, obj in _objects(secret) if secret in _shown(trial, obj)]
    for number, line in enumerate(_LINES):
        said = b"".join(Redactor(b"canary").lines("canary", [line.format(secret).encode()]))
        if secret.encode() in said:
            leaks.append(f"log line {number + 1}")
    return leaks


def leaks(lines: Iterable[bytes], masker: Masker) -> Iterator[str]:
    """By which rule each line still holds a secret; the lines are those of a finished file."""
    known = [value.encode() for value in masker.known]
    probe = Masker(b"probe")
    for line in lines:
        if any(value in line for value in known):
            yield "known-value"
        text = line.decode("utf-8", "replace")
        if suspect(text):
            probe.counts.clear()
            masked(_readable(text), probe)
            yield from (rule for counts in probe.counts.values() for rule in counts if rule in _CERTAIN)


# Of the rules that search text, those whose find is a secret whatever stands around it.
_CERTAIN = frozenset(("token", "private-key", "url-user", "webhook-url"))


def _readable(text: str) -> str:
    """A line as it would be read: JSON without its escapes."""
    return text.replace("\\n", "\n") if text.startswith("{") else text


def _shown(redactor: Redactor, obj: dict[str, Any]) -> str:
    learned = redactor.learn("canary", obj)
    return json.dumps(redactor.finish("canary", learned, json.dumps(learned)))


def _objects(secret: str) -> Iterator[tuple[str, dict[str, Any]]]:
    meta = {"name": "canary", "namespace": "canary"}
    yield "Secret", {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "stringData": {"key": secret}}
    container = {
        "name": "main",
        "env": [{"name": "VLLM_API_KEY", "value": secret}, {"name": "OTHER", "value": secret}],
        "args": ["--hf-token", secret, f"--api-key={secret}"],
        "command": ["sh", "-c", f"vllm serve --ssl-keyfile-password {secret} --port 8000"],
    }
    yield "container", {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": [container]}}
    applied = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps({"note": secret})}
    yield (
        "last-applied-configuration",
        {"apiVersion": "v1", "kind": "Pod", "metadata": {**meta, "annotations": applied}},
    )
