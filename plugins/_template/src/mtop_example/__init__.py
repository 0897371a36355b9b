"""A plugin of mtop: which image every model runs, and a rule about image tags."""
