"""Units in which people say how far they drive."""

KM_IN = {"km": 1.0, "mi": 1.609344}
"""Kilometres in each (the international mile)."""
