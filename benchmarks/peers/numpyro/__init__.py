"""Models fitted by numpyro, in the environment of requirements/peers-numpyro.lock."""
