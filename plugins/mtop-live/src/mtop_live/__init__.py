"""Live clusters as a source of mtop."""
