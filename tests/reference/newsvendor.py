"""The newsvendor by search: every draw is tried as the order, and the cheapest kept."""

import numpy as np


def expected_cost(needs, quantity, underage_cost, overage_cost):
    """Mean over the draws of cu (need - order)+ + co (order - need)+, for one item."""
    shortage = sum(max(need - quantity, 0.0) for need in needs) / len(needs)
    excess = sum(max(quantity - need, 0.0) for need in needs) / len(needs)
    return underage_cost * shortage + overage_cost * excess


def least_expected_cost(needs, underage_cost, overage_cost):
    """The least expected cost of any order: it is reached at 0 or at one of the draws."""
    orders = np.concatenate([[0.0], needs])
    return min(expected_cost(needs, order, underage_cost, overage_cost) for order in orders)
