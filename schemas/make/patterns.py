"""The named patterns of the field tables, each with an example that messages can show."""

from __future__ import annotations

from typing import Any


def _pattern(regex: str, example: str) -> dict[str, Any]:
    return {"pattern": regex, "examples": [example]}


_NUMBER = r"(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))"
_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_HOSTNAME = rf"{_LABEL}(\.{_LABEL})*"

QUANTITY = _pattern(rf"^(\+|-)?{_NUMBER}(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?{_NUMBER}))?$", "16Gi")
PATTERNS = {
    "decimal": _pattern(r"^[0-9]+(\.[0-9]+)?$", "10.0"),
    "label": _pattern(f"^{_LABEL}$", "team-a"),
    "hostname": _pattern(f"^{_HOSTNAME}$", "llm.example.com"),
    "wildcardHostname": _pattern(rf"^(\*\.)?{_HOSTNAME}$", "*.example.com"),
    "apiGroup": _pattern(f"^$|^{_HOSTNAME}$", "gateway.networking.k8s.io"),
    "kind": _pattern("^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$", "Service"),
    "headerName": _pattern(r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$", "x-model-name"),
    "origin": _pattern(
        r"(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9\-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)",
        "https://*.example.com",
    ),
    "urlPath": _pattern(r"^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$", "/check"),
    "duration": _pattern("^([0-9]{1,5}(h|m|s|ms)){1,4}$", "1m30s"),
    "labelValue": _pattern("^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$", "gpt2"),
    "startsWithLetter": _pattern("^[a-z]([-a-z0-9]*[a-z0-9])?$", "blue"),
    "absolutePath": _pattern("^/.*", "/mnt/models"),
}
