"""The worlds themselves: each module fills one cluster."""
