"""A real rollout: a model's roles, revisions and pods as rows of a tree, and how it stands."""
