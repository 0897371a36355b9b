"""A message as the JSON that every notifier of this plugin sends."""

from __future__ import annotations

import json

from mtop_core.api import Message


def as_line(message: Message) -> bytes:
    """One line of JSON: `title`, `text` for people, `data` for programs."""
    content = {
        "title": message.title,
        "text": "\n".join((message.title, *message.lines)),
        "data": dict(message.data),
    }
    return json.dumps(content).encode() + b"\n"
