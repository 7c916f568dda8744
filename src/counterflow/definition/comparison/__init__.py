"""Comparison of two definitions: what changed, what may still be offered, what comes of it."""
