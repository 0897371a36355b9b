"""What people said to a model and what it answered, as engines log it: nothing else in a log is as private."""

from __future__ import annotations

import re

from mtop_snapshot.redact.masks import Masker

# Fields that hold a prompt or a completion whatever follows, and those that do where quotes or brackets follow.
_FIELD = re.compile(
    r"(?<![\w-])(?:\\{0,3}[\"'])?("
    r"prompt|prompts|prompt_text|prompt_embeds|messages|prompt_token_ids|token_ids|output_token_ids|input_ids|output_ids|"
    r"inputs|input_text|generated_text|completion|completions|text|output_text|content|delta|reasoning_content|reasoning|"
    r"choices|query|question|answer|user_input|system_prompt|instructions|output|outputs|response|request_body|body|input|"
    r"decoded|new_token_ids|logprobs|suffix|tool_calls|arguments|generated text|output text|prompt text|system prompt|"
    r"user[_ ]?(?:prompt|message|input)|conversations?|(?:chat_?)?history|negative_prompt"
    r")(?:\\{0,3}[\"'])?\s*(?:=>|[:=])\s*",
    re.IGNORECASE,
)
_ALWAYS = frozenset(("prompt", "prompts", "messages", "prompt_text", "generated_text", "completion", "system_prompt",
                     "user_prompt", "user_message", "output_text"))  # fmt: skip
_CLOSING = {"[": "]", "{": "}", "(": ")"}
_STARTS_ANEW = re.compile(
    r"^(?:\([^)]{1,60}\) )?(?:\x1b\[[0-9;]*m)?"
    r"(?:INFO|WARN|WARNING|ERROR|DEBUG|TRACE|CRITICAL|FATAL|[IWEF]\d{4} |\{\"|\[?\d{4}-\d\d-\d\d)"
)
_HINTS = ("prompt", "message", "token_ids", "_ids", "input", "generated", "completion", "text", "output", "content",
          "delta",
          "choices", "reasoning", "query", "question", "answer", "instruction", "response", "body", "decoded", "suffix",
          "logprobs", "arguments", "tool_calls", "conversation", "history")  # fmt: skip


class Prompts:
    """Masks the prompts of one log, line by line; one may go on over several lines."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._open = False

    def line(self, text: str) -> str:
        """A line (without the kubelet's time) with what it holds of prompts and completions masked."""
        if self._open:
            if not _STARTS_ANEW.match(text):
                return self._masker.mask(text, "prompt") if text.strip() else text
            self._open = False
        low = text.lower()
        if not any(hint in low for hint in _HINTS):
            return text
        return self._masked(text)

    def _masked(self, text: str) -> str:
        pieces, at = [], 0
        while match := _FIELD.search(text, at):
            start, end, closed = _value(text, match.end(), match.group(1).lower().replace(" ", "_") in _ALWAYS)
            pieces.append(text[at:start])
            if end > start:
                pieces.append(self._masker.mask(text[start:end], "prompt"))
            if not closed:
                self._open = True
            at = max(end, match.end())
        return "".join(pieces) + text[at:]


def _value(text: str, at: int, always: bool) -> tuple[int, int, bool]:
    """Where the private part after a field starts and ends (at once where there is none), and whether on this line."""
    raw = re.match(r"[bruf]{0,2}(\\{0,3})([\"'])", text[at:])
    if raw:
        start = at + raw.end()
        end = _end_of_string(text, start, raw.group(1) + raw.group(2))
        return (start, end, True) if end >= 0 else (start, len(text), False)
    opening = text[at : at + 1]
    if opening in _CLOSING:
        end = _end_of_bracket(text, at)
        if end < 0:
            return at, len(text), False
        return (at, end, True) if text[at:end].strip("[]{}() ") else (at, at, True)
    if always and text[at:].strip() and not re.match(r"(?:None|null|\d+|<redacted)\b", text[at:]):
        end = text.find(", params:", at)
        return (at, end, True) if end >= 0 else (at, len(text), False)
    return at, at, True


def _end_of_string(text: str, at: int, quote: str) -> int:
    """Where a quoted string ends, -1 where it does not; `quote` carries the backslashes it was escaped with."""
    if len(quote) > 1:
        return text.find(quote, at)
    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == quote:
            return at
        else:
            at += 1
    return -1


def _end_of_bracket(text: str, at: int) -> int:
    """Behind the bracket that closes the one at a position, -1 where none does."""
    awaited: list[str] = []
    while at < len(text):
        char = text[at]
        if char in "\"'":
            at = _end_of_string(text, at + 1, char)
            if at < 0:
                return -1
        elif char in _CLOSING:
            awaited.append(_CLOSING[char])
        elif awaited and char == awaited[-1]:
            awaited.pop()
            if not awaited:
                return at + 1
        at += 1
    return -1
