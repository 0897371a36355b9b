"""Keeps a test run over a whole checkout of mtop out of here: the template is not installed there."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("mtop_example") else ["tests"]
