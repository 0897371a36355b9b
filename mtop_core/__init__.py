"""The core of mtop: objects, providers, the plugin door and the commands that need nothing else."""

__version__ = "0.1.0"
