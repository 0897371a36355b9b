"""The rule catalogue, one module per stage on the way up of a service."""
