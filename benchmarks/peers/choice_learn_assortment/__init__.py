"""Assortments by choice-learn, as requirements/peers-choice-learn-assortment.lock has it."""
