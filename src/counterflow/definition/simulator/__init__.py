"""The market simulator: who would take what, at which price, and from whom it would be taken."""
