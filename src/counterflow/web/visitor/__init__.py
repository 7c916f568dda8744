"""Respondents who do not exist, on pages that do: read as a browser would, handed in by HTTP."""
