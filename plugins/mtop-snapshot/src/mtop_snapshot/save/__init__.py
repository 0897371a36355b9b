"""Taking snapshots: what belongs to the models, without secrets, in files that say the same for the same state."""
