"""Turn interviews into choice data: what was seen, what was chosen, and by whom."""
