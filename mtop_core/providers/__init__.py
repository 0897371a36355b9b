"""Sources of objects: mock worlds, dumps, snapshots, and what plugins add."""
