"""Models fitted by choice-learn, in the environment of requirements/peers-choice-learn.lock."""
