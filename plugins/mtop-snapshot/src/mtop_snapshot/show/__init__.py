"""Differences for people and for programs."""
