"""Designs by choicedesign, in the environment of requirements/peers-choicedesign.lock."""
