"""Models fitted by xlogit, in the environment of requirements/peers-xlogit.lock."""
