"""Generator of the mock worlds: clusters written as plain Kubernetes objects."""
