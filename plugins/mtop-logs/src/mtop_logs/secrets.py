"""Secrets in log lines, replaced by a mark that says what kind of secret was there."""

from __future__ import annotations

import re
from collections.abc import Callable

# One after another over a whole block of text, so nothing may go on beyond its line but a private key: what stands
# before the next one is its time.
_SHAPES: tuple[tuple[str, str], ...] = (
    ("hf-token", r"\b(?:hf|api_org)_[A-Za-z0-9]{20,}\b"),
    ("api-key", r"\b(?:sk|pk|rk)-(?:[A-Za-z0-9]+-)*[A-Za-z0-9_\-]{16,}"),
    ("github-token", r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})"),
    ("gitlab-token", r"\bglpat-[A-Za-z0-9_\-]{16,}"),
    ("slack-token", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}"),
    ("nvidia-key", r"\bnvapi-[A-Za-z0-9_\-]{20,}"),
    ("google-key", r"\bAIza[A-Za-z0-9_\-]{30,}|\bya29\.[A-Za-z0-9_\-.]{20,}"),
    ("aws-key", r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b"),
    ("jwt", r"\beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*"),
    ("private-key", r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[\s\S]{0,8192}?-----END [A-Z ]*PRIVATE KEY-----|.*)"),
)
# What stands before the secret is kept: it says what was there.
_NAMED: tuple[tuple[str, str], ...] = (
    ("bearer", r"(?i:\b(?:bearer|basic|token)[ \t]+)(?=[A-Za-z0-9_\-.~+/]*[0-9_\-.~+/=])[A-Za-z0-9_\-.~+/]{12,}=*"),
    ("authorization", r"(?i:\bauthorization['\"]?[ \t]*[:=][ \t]*['\"]?)(?!<|(?i:bearer|basic|token)\b)[^\s'\",}]{6,}"),
    ("url-password", r"\b[a-z][a-z0-9+.\-]{1,20}://[^\s/:@'\"]{0,200}:(?=[^\s@'\"]{1,400}@)[^\s@'\"]+"),
    ("url-signature", r"(?i:[?&](?:x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)"
                      r"|sig|signature|awsaccesskeyid|key-pair-id|policy|access_token|token|api_key|apikey|key)=)[^&\s'\"<>]+"),
    ("webhook", r"https://hooks\.slack\.com/services/[^\s'\"]+"),
    ("secret", r"(?i:(?:api[_\-]?key|access[_\-]?key|secret(?:[_\-]?(?:access[_\-]?)?key)?|passw(?:or)?d"
               r"|auth[_\-]?token|access[_\-]?token|hf[_\-]?token|refresh[_\-]?token|client[_\-]?secret|credentials?)"
               r"['\"]?(?:[ \t]*[:=][ \t]*|[ \t]+)(?:\[)?['\"]?)"
               r"(?!None\b|null\b|true\b|false\b|True\b|False\b|\*+|<)[^\s'\",;}\])]{4,}"),
)  # fmt: skip
# Nothing above can match where none of these is: most blocks of a log are passed over by it.
_HINTS = re.compile(
    r"(?ai)hf_|api_org_|[spr]k-|gh[pousr]_|github_pat|glpat-|xox|nvapi-|AIza|ya29\.|A[KSR][IO]A[A-Z0-9]|AIDA|eyJ"
    r"|PRIVATE KEY|bearer|basic|token|authorization|://[^\s/]*:[^\s/]*@|[?&]\w[\w-]*=|hooks\.slack"
    r"|api.?key|access.?key|secret|passw|credential"
)


def masked(text: str) -> tuple[str, int]:
    """A text with its secrets masked, and how many they were."""
    count = 0
    if not _HINTS.search(text):
        return text, 0
    for name, shape in _SHAPES:
        text, found = re.subn(shape, f"<masked {name}>", text)
        count += found
    for name, shape in _NAMED:
        text, found = re.subn(shape, _keeping(name), text)
        count += found
    return text, count


def _keeping(name: str) -> Callable[[re.Match[str]], str]:
    ends = {"webhook": ("/services/",), "url-password": (":",), "url-signature": ("=",)}

    def replace(match: re.Match[str]) -> str:
        found = match.group()
        if name == "url-password":
            head = found[: found.index(":", found.index("://") + 3) + 1]
        elif name in ends:
            head = found[: found.index(ends[name][0]) + len(ends[name][0])]
        else:
            head = re.match(r"(?s).*[\s:='\"\[]", found).group()  # type: ignore[union-attr]
        return f"{head}<masked {name}>"

    return replace
