"""Frozen values handed from stage to stage. Nothing here reads a file or solves a problem."""
