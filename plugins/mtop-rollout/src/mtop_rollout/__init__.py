"""Rollouts of LLM services, simulated and watched: a plugin of mtop."""
