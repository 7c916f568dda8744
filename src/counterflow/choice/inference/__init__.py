"""Tests of hypotheses, and errors of whatever is computed from parameters."""
