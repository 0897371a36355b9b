"""Topology documents: found, checked, completed, and turned into what the simulator takes."""
