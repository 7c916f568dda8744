"""The best line for people who take their first choice, with a proof of how good it is."""
