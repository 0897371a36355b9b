"""Plain Kubernetes objects and read-only views over them."""
