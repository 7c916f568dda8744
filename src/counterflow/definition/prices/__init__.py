"""Prices: which earn most, alone and among rivals who answer, and how sure that is."""
