"""What must not leave the cluster, made unreadable before it is written or shown."""
