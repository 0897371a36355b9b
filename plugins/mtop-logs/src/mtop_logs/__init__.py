"""The logs of LLM services."""
