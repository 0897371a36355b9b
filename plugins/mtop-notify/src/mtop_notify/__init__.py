"""Send what is wrong with LLM services to a file or a webhook: a plugin of mtop."""
