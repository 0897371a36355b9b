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
# Who speaks, and what is asked: what follows unquoted is a message too. `User-Agent:` and `system:anonymous` are none.
_SPEAKER = re.compile(
    r"(?<![\w./-])(?<!operating )(user|assistant|system|human|query|question|input)[ \t]*:[ \t]+(?=\S)",
    re.IGNORECASE,
)
# A number and no more, or one in front of the next field: a count, not a text.
_COUNT = re.compile(
    r"(?:None|null|true|false|-?\d[\d.]*)(?: ?(?:tokens?|tok|tokens?/s|tok/s|ms|s|%))?"
    r"\s*(?:$|[)\]}|]|[,;]\s*[\w. ]{1,30}[:=])",
    re.IGNORECASE,
)
_EMPTY = re.compile(r"[\"']?<redacted sha256:|[\[\]{}() ]*$")
_MASKED = "<redacted sha256:"
_MOST_LINES, _MOST_CHARACTERS = 200, 64 * 1024
_HINTS = ("prompt", "message", "token_ids", "_ids", "input", "generated", "completion", "text", "output", "content",
          "delta",
          "choices", "reasoning", "query", "question", "answer", "instruction", "response", "body", "decoded", "suffix",
          "logprobs", "arguments", "tool_calls", "conversation", "history", "user",
          "assistant", "system", "human")  # fmt: skip


class _Open:
    """Where in a value that goes on over several lines the last one ended: in which brackets, in which quotes."""

    def __init__(self, brackets: list[str], quote: str) -> None:
        self.brackets = brackets
        self.quote = quote
        self.lines = self.characters = 0

    @property
    def bounded(self) -> bool:
        """Whether nothing but its end ends it; an end that does not come in a while is awaited no longer."""
        return bool(self.quote) and self.lines < _MOST_LINES and self.characters < _MOST_CHARACTERS

    def end(self, text: str, at: int = 0) -> int:
        """Behind the end of the value (before the quote of one in quotes alone), -1 where it goes on."""
        while at < len(text) or self.quote:
            if self.quote:
                at = _end_of_string(text, at, self.quote)
                if at < 0:
                    return -1
                if not self.brackets:
                    return at
                at += len(self.quote)
                self.quote = ""
            elif text[at] in "\"'" and not _is_apostrophe(text, at):
                self.quote = text[at]
                at += 1
            else:
                if text[at] in _CLOSING:
                    self.brackets.append(_CLOSING[text[at]])
                elif self.brackets and text[at] == self.brackets[-1]:
                    self.brackets.pop()
                    if not self.brackets:
                        return at + 1
                at += 1
        return -1


class Prompts:
    """Masks the prompts of one log, line by line; one may go on over several lines."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._open: _Open | None = None

    def line(self, text: str) -> str:
        """A line (without the kubelet's time) with what it holds of prompts and completions masked."""
        before = ""
        if (value := self._open) is not None:
            value.lines += 1
            value.characters += len(text)
            if value.bounded or not _STARTS_ANEW.match(text):
                end = value.end(text) if value.quote or value.brackets else -1
                if end < 0:
                    return self._masker.mask(text, "prompt") if text.strip() else text
                before = self._masker.mask(text[:end], "prompt") if text[:end].strip() else text[:end]
                text = text[end:]
            self._open = None
        low = text.lower()
        if not any(hint in low for hint in _HINTS):
            return before + text
        return before + self._spoken(self._masked(text))

    def _masked(self, text: str) -> str:
        pieces, at = [], 0
        while match := _FIELD.search(text, at):
            start, end, self._open = _value(text, match.end(), match.group(1).lower().replace(" ", "_") in _ALWAYS)
            pieces.append(text[at:start])
            if end > start:
                pieces.append(self._masker.mask(text[start:end], "prompt"))
            at = max(end, match.end())
        return "".join(pieces) + text[at:]

    def _spoken(self, text: str) -> str:
        """A line with what somebody says in it, unquoted, masked to its end."""
        match = _SPEAKER.search(text)
        while match and (_COUNT.match(text, match.end()) or _EMPTY.match(text, match.end())):
            match = _SPEAKER.search(text, match.end())
        if not match:
            return text
        if text[match.end()] in "\"'":
            start, end, self._open = _value(text, match.end(), True)
            rest = text[end:] if self._open else self._spoken(text[end:])
            return f"{text[:start]}{self._masker.mask(text[start:end], 'prompt') if end > start else ''}{rest}"
        said = text[match.end() :]
        if self._open is None and len(said.split()) > 2:  # one word or two are a name rather than a speech
            self._open = _Open([], "")
        return text[: match.end()] + self._masker.mask(said, "prompt")


def _value(text: str, at: int, always: bool) -> tuple[int, int, _Open | None]:
    """Where the private part after a field starts and ends (at once where there is none), and how it goes on."""
    raw = re.match(r"[bruf]{0,2}(\\{0,3}[\"'])", text[at:])
    if raw:
        start, value = at + raw.end(), _Open([], raw.group(1))
    elif text[at : at + 1] in _CLOSING:
        start, value = at, _Open([], "")
    elif always and text[at:].strip() and not text.startswith(_MASKED, at) and not _COUNT.match(text, at):
        end = text.find(", params:", at)
        return (at, end, None) if end >= 0 else (at, len(text), _Open([], ""))
    else:
        return at, at, None
    end = value.end(text, start)
    if end < 0:
        return start, len(text), value
    return (start, end, None) if raw or text[start:end].strip("[]{}() ") else (start, start, None)


def _is_apostrophe(text: str, at: int) -> bool:
    return text[at] == "'" and at > 0 and text[at - 1].isalpha() and text[at + 1 : at + 2].isalpha()


def _end_of_string(text: str, at: int, quote: str) -> int:
    """Where a quoted string ends, -1 where it does not; `quote` carries the backslashes it was escaped with.

    A quote with more backslashes is a part of the string, and one between two letters is an apostrophe.
    """
    start, sign, escapes = at, quote[-1], len(quote) - 1
    while (at := text.find(sign, at)) >= 0:
        slashes = at - len(text[start:at].rstrip("\\")) - start
        ends = slashes <= escapes if escapes else slashes % 2 == 0
        if ends and not (at > start and _is_apostrophe(text, at)):
            return at - min(slashes, escapes)
        at += 1
    return -1
