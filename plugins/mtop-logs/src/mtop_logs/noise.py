"""What a healthy service says all day: probes, scrapes, throughput and progress."""

from __future__ import annotations

import re

_ACCESS = re.compile(
    r'"(?:GET|HEAD|POST) /(?:health|healthz|livez|readyz|ready|metrics|ping|live|v1/models|health_generate'
    r'|v2/health/\w+|load)(?:[/? ][^"]*)?" (?:200|204)\b'
)
_THROUGHPUT = re.compile(
    r"Avg prompt throughput: |(?:Prefill|Decode) batch[.,:]? |gen throughput \(token/s\)|SpecDecoding metrics: "
    r"|KV Transfer metrics: |MM cache hit rate"
)
_PROGRESS = re.compile(r"\d+%(?: Completed)? ?\||Fetching \d+ files: |it/s\]|s/it\]")
_EPP = re.compile(r'"msg": ?"(?:Refreshed metrics|Refreshing metrics|Request handled|Prefix cache state)')


def is_noise(text: str, level: str) -> bool:
    """Whether a line is one of those, and nothing worse."""
    if level in ("error", "fatal", "warning"):
        return False
    return any(pattern.search(text) for pattern in (_ACCESS, _THROUGHPUT, _PROGRESS, _EPP))
