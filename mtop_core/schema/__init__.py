"""Check documents against JSON Schemas, with messages for people instead of jsonschema's own.

- `problem`: what is reported, and where in the document it is
- `checking`: the check of a document
- `compiled`: the schemas, loaded and ready for use
- `keywords`, `values`, `choices`: what the words of a schema demand
- `messages`, `suggestions`: what is said when a demand is not met
"""

from __future__ import annotations

from mtop_core.schema.checking import TOO_DEEP, check
from mtop_core.schema.messages import MESSAGE
from mtop_core.schema.problem import Path, Problem, dotted, ordered, quoted

__all__ = ["MESSAGE", "TOO_DEEP", "Path", "Problem", "check", "dotted", "ordered", "quoted"]
