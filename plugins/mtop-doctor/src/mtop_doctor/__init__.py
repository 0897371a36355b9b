"""`mtop doctor` and the rule catalogue of mtop."""
