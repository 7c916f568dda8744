"""Market shares as their formula: one draw, one person, one set at a time; errors simulated."""

import numpy as np


def market_shares(
    part_worths, weights, rows, offsets, tie_weights, members, set_weights, *, is_first_choice
):
    n_draws = len(part_worths)
    shares = np.zeros((n_draws, *tie_weights.shape))
    for s in range(n_draws):
        for m in range(len(rows)):
            of_draw = offsets[min(s, len(offsets) - 1), m]
            for person, weight in zip(part_worths[s], weights[s], strict=True):
                utility = rows[m] @ person + of_draw
                for is_in, set_weight in zip(
                    members[min(s, len(members) - 1)], set_weights, strict=True
                ):
                    among = np.where(is_in, utility, -np.inf)
                    chosen = (
                        first_choice(among, tie_weights[m]) if is_first_choice else logit(among)
                    )
                    shares[s, m] += weight * set_weight * chosen
    return shares


def logit(utility):
    odds = np.exp(utility - utility.max())
    return odds / odds.sum()


def first_choice(utility, tie_weights):
    best = np.where(utility == utility.max(), tie_weights, 0.0)
    return best / best.sum()


def randomised_first_choice(part_worths, weights, rows, loadings, *, n_repeats, seed):
    """Return shares of one draw in one region with every error drawn, none integrated."""
    random = np.random.default_rng(seed)
    shares = np.zeros(len(rows))
    for person, weight in zip(part_worths, weights, strict=True):
        of_levels = random.standard_normal((n_repeats, loadings.shape[1]))
        of_products = random.gumbel(size=(n_repeats, len(rows)))
        best = (rows @ person + of_levels @ loadings.T + of_products).argmax(axis=1)
        shares += weight * np.bincount(best, minlength=len(rows)) / n_repeats
    return shares
