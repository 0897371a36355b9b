"""Write the schemas from the field tables: `python -m schemas.make` (or `--check` to compare only)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from schemas.make.emit import documents

FOLDER = Path(__file__).parent.parent


def rendered() -> dict[str, str]:
    """The text of every generated file by file name."""
    return {f"{name}.json": json.dumps(body, indent=1) + "\n" for name, body in documents().items()}


def main(arguments: list[str]) -> int:
    """Write or compare the files; returns the exit code."""
    made = rendered()
    if arguments == ["--check"]:
        present = {name: (FOLDER / name).read_text(encoding="utf-8") for name in made if (FOLDER / name).is_file()}
        differing = [name for name, text in made.items() if present.get(name) != text]
        print("\n".join(f"differs: schemas/{name}" for name in differing) or "schemas are up to date")
        return 1 if differing else 0
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
