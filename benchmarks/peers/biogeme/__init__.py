"""Models fitted by biogeme, in the environment of requirements/peers-biogeme.lock."""
