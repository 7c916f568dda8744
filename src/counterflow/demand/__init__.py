"""Demand: from part-worths and the market to draws of volumes."""
