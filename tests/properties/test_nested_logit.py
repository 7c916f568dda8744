"""The nested and the cross-nested logit keep their laws."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from counterflow.kernels.logit import choice_probabilities as logit_probabilities
from counterflow.kernels.nested_logit import (
    NestNetwork,
    NestParameters,
    choice_probabilities,
    log_likelihood,
)
from reference import nested_logit as reference
from strategies.nests import Nested, any_nested


def shares(made: Nested, utilities=None, **changed):
    parameters = made.parameters._replace(**changed)
    given = made.utilities if utilities is None else utilities
    return choice_probabilities(given, made.kinds, made.task_starts, made.network, parameters)


def likelihood(made: Nested, parameters=None, utilities=None, map_blocks=map):
    return log_likelihood(
        made.choices,
        made.network,
        parameters or made.parameters,
        made.utilities if utilities is None else utilities,
        made.design,
        with_allocations=True,
        map_blocks=map_blocks,
    )


@given(any_nested)
def test_probabilities_are_derivatives_of_the_generating_function(made):
    probabilities, logsums = shares(made)
    expected, expected_logsums = reference.choice_probabilities(
        made.utilities,
        made.kinds,
        made.task_starts,
        made.network,
        made.parameters,
    )
    np.testing.assert_allclose(probabilities, expected, rtol=1e-9, atol=1e-14)
    np.testing.assert_allclose(logsums, expected_logsums, rtol=1e-10, atol=1e-10)


@given(any_nested)
def test_the_log_likelihood_is_that_of_the_probabilities(made):
    expected = reference.log_likelihood(
        made.utilities,
        made.kinds,
        made.task_starts,
        made.person_starts,
        made.chosen_rows,
        made.network,
        made.parameters,
    )
    np.testing.assert_allclose(likelihood(made).by_person, expected, rtol=1e-9, atol=1e-9)


@given(any_nested)
def test_scores_are_differences_of_the_log_likelihood(made):
    step, found = 1e-5, likelihood(made)
    scale = 1.0 + max(np.abs(part).max() for part in found[1:])

    def check(scores, moved):
        slope = (moved(step).by_person - moved(-step).by_person) / (2.0 * step)
        np.testing.assert_allclose(scores, slope, atol=1e-6 * scale)

    for k, column in enumerate(made.design.T):
        check(
            found.scores[:, k],
            lambda by, column=column: likelihood(made, utilities=made.utilities + by * column),
        )
    for m in range(made.network.n_nests):
        unit = np.eye(made.network.n_nests)[m]
        check(
            found.lambda_scores[:, m],
            lambda by, unit=unit: likelihood(
                made, made.parameters._replace(lambdas=made.parameters.lambdas + by * unit)
            ),
        )
    for e in range(len(made.network.nests)):
        unit = np.eye(len(made.network.nests))[e]
        check(
            found.allocation_scores[:, e],
            lambda by, unit=unit: likelihood(
                made,
                made.parameters._replace(
                    allocations=made.parameters.allocations * np.exp(by * unit)
                ),
            ),
        )


@given(any_nested, st.sampled_from([1.0, 1e4]))
def test_probabilities_sum_to_one_however_far_utilities_are_apart(made, scale):
    utilities = scale * made.utilities
    probabilities, logsums = shares(made, utilities)
    starts = made.task_starts
    np.testing.assert_allclose(np.add.reduceat(probabilities, starts[:-1]), 1.0, rtol=1e-9)
    found = likelihood(made, utilities=utilities)
    assert all(np.isfinite(part).all() for part in (logsums, *found))


@given(any_nested)
def test_parameters_of_one_make_it_the_multinomial_logit(made):
    probabilities, _ = shares(made, lambdas=np.ones(made.network.n_nests))
    expected = logit_probabilities(made.utilities, made.task_starts)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-10)


@given(st.floats(0.2, 1.0), st.lists(st.floats(-5, 5), min_size=4))
def test_a_nest_with_the_parameter_of_the_nest_around_it_might_as_well_not_be_there(
    inner, utilities
):
    # ((a, b), c) within m, everything else beside it, against (a, b, c) within m.
    kinds = np.minimum(np.arange(len(utilities)), 3)
    deep = NestNetwork(np.array([0, 1, 2, 3, 4, 5, 6, 6]), np.array([0, 0, 1, 2, 1, 2]), 3)
    flat = NestNetwork(np.array([0, 1, 2, 3, 4, 5, 5]), np.array([0, 0, 0, 1, 1]), 2)
    starts, u = np.array([0, len(utilities)]), np.array(utilities)
    one, other = (
        choice_probabilities(u, kinds, starts, network, parameters)
        for network, parameters in (
            (deep, NestParameters(np.array([inner, inner, 1.0]), np.ones(6))),
            (flat, NestParameters(np.array([inner, 1.0]), np.ones(5))),
        )
    )
    np.testing.assert_allclose(one[0], other[0], rtol=1e-9)
    np.testing.assert_allclose(one[1], other[1], rtol=1e-9)


@given(any_nested)
def test_the_logsum_rises_with_each_utility_by_its_probability(made):
    probabilities, _ = shares(made)
    step = 1e-5
    for row in range(0, len(made.utilities), 3):
        unit = step * np.eye(len(made.utilities))[row]
        up, down = (shares(made, made.utilities + sign * unit)[1].sum() for sign in (1, -1))
        np.testing.assert_allclose((up - down) / (2 * step), probabilities[row], atol=1e-7)


@given(any_nested)
def test_threads_do_not_change_a_bit(made):
    with ThreadPoolExecutor(4) as threads:
        for one, other in zip(
            likelihood(made), likelihood(made, map_blocks=threads.map), strict=True
        ):
            assert one.tobytes() == other.tobytes()
