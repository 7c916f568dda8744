"""Equilibrium prices by pyblp, in the environment of requirements/peers-pyblp.lock."""
