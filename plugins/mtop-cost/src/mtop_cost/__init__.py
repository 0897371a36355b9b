"""What every LLM service costs: a plugin of mtop."""
