"""Snapshots of what belongs to LLM services, and differences between any two sources."""
