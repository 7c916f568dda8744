"""Likelihoods of answers under a population, as their formula."""

import itertools

import numpy as np


def shares_by_draw(utilities, task_starts):
    shares = np.empty(utilities.shape)
    for begin, end in itertools.pairwise(task_starts):
        exps = np.exp(utilities[begin:end])
        shares[begin:end] = exps / exps.sum(axis=0)
    return shares


def panel_likelihoods(shares, chosen_rows, starts):
    edges = itertools.pairwise(starts)
    return np.array([shares[chosen_rows[a:b]].prod(axis=0).mean() for a, b in edges])
