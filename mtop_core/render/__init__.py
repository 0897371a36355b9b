"""How results are said: one data model, several forms."""
