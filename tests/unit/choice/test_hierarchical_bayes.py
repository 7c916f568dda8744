"""Hierarchical Bayes from outside: what it takes, what it gives back, and what it says."""

import json
import pickle
import threading
from itertools import pairwise

import numpy as np
import pytest

from counterflow.choice.hierarchical_bayes import HierarchicalBayes, Prior
from counterflow.domain.coding import UtilityCoding
from counterflow.domain.errors import InputError, NotIdentifiedError
from strategies.choice_sets import choices

MODEL = HierarchicalBayes(
    signs={"x1": "positive"}, n_burn_in=300, n_sweeps=900, n_draws=61, n_chains=2, seed=4
)


@pytest.fixture(scope="module")
def data():
    return choices(12, n_persons=80, n_coefficients=3, most_tasks=10, spread=1.0).data()


@pytest.fixture(scope="module")
def fit(data):
    return MODEL.fit(data)


def test_shapes_and_labels_are_those_of_the_data(fit, data):
    assert fit.labels == ("x0", "x1", "x2")
    assert fit.draws.shape == (61, 80, 3)
    assert fit.draws.dtype == np.float32
    assert fit.person_means.shape == fit.person_sds.shape == (80, 3)
    assert fit.population.means.shape == (61, 3)
    assert fit.population.covariances.shape == (61, 3, 3)
    assert fit.log_likelihood_path.shape == (2, 900)
    assert fit.acceptance.shape == (2, 80)


def test_part_worths_carry_weights_names_and_provenance(fit, data):
    part_worths = fit.part_worths()
    assert np.shares_memory(part_worths.draws, fit.draws)
    assert part_worths.respondent_ids == tuple(data.respondent_ids)
    assert part_worths.weights.tolist() == data.weights.tolist()
    assert part_worths.is_individual
    provenance = dict(part_worths.provenance)
    assert (provenance["model"], provenance["seed"], provenance["data"]) == (
        "hb",
        4,
        data.content_hash,
    )
    json.dumps(provenance)


def test_draws_of_persons_agree_with_their_moments_over_all_sweeps(fit):
    error = (fit.draws.mean(axis=0) - fit.person_means) / fit.person_sds
    assert np.abs(error).mean() < 0.3
    ratio = fit.draws.std(axis=0) / fit.person_sds
    assert np.median(ratio) == pytest.approx(1.0, abs=0.1)


def test_the_fit_is_better_than_that_of_one_set_of_coefficients(fit):
    assert fit.multinomial.status == "converged"
    assert fit.null_log_likelihood < fit.multinomial.log_likelihood < fit.log_likelihood < 0.0
    assert fit.rho_squared > fit.multinomial.rho_squared
    assert fit.hit_rate > fit.multinomial.hit_rate


def test_the_table_has_the_population_with_its_intervals(fit):
    table = fit.coefficient_table()
    assert [coefficient.label for coefficient in table] == list(fit.labels)
    for coefficient in table:
        assert coefficient.low < coefficient.mean < coefficient.high
        assert coefficient.sd_over_people > 0.0
    assert table[1].low > 0.0


def test_long_chains_converge_and_short_ones_say_what_did_not(data):
    long = HierarchicalBayes(n_burn_in=500, n_sweeps=5000, n_draws=100, seed=1).fit(data)
    assert long.status == "converged"
    assert long.is_converged
    assert "Hierarchical Bayes: converged" in long.summary()
    short = HierarchicalBayes(n_burn_in=0, n_sweeps=30, n_draws=20, seed=1).fit(data)
    assert short.status == "not_converged"
    assert "not converged: " in short.summary()
    assert any(f"({label})" in short.convergence.worst for label in short.labels)


def test_progress_is_told_one_at_a_time_from_whatever_thread(data):
    told, inside = [], threading.Lock()

    def report(share, text):
        assert inside.acquire(blocking=False)
        told.append((share, text))
        inside.release()

    HierarchicalBayes(n_burn_in=60, n_sweeps=60, n_draws=4).fit(data, report=report)
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert told[-1][1] == "sweep 120 of 120, 2 chains"


def test_an_interrupt_ends_the_fit(data):
    def interrupt(share, text):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        HierarchicalBayes(n_burn_in=60, n_sweeps=60, n_draws=4).fit(data, report=interrupt)


def test_blocks_may_come_back_without_having_shared_memory(data):
    def elsewhere(work, blocks):
        return [work(pickle.loads(pickle.dumps(block))) for block in blocks]

    model = HierarchicalBayes(n_burn_in=20, n_sweeps=30, n_draws=5)
    assert model.fit(data, map_blocks=elsewhere).draws.tobytes() == model.fit(data).draws.tobytes()


def test_a_sign_of_an_unknown_coefficient_is_refused_by_name(data):
    with pytest.raises(InputError, match=r"signs: expected .*x0, x1, x2.*, found prise"):
        HierarchicalBayes(signs={"prise": "negative"}).fit(data)


def test_what_choices_cannot_tell_apart_is_an_error(data):
    twice = UtilityCoding(
        (*UtilityCoding.of_data(data).terms, UtilityCoding.of_data(data).terms[0])
    )
    with pytest.raises(NotIdentifiedError):
        HierarchicalBayes(utility=twice).fit(data)


@pytest.mark.parametrize(
    "wrong",
    [{"n_chains": 0}, {"n_burn_in": -1}, {"n_sweeps": 7}, {"n_draws": 1}, {"n_draws": 10**6}],
)
def test_numbers_that_do_not_fit_are_refused(wrong):
    with pytest.raises(ValueError, match=r"n_draws|n_chains"):
        HierarchicalBayes(**wrong)


def test_people_who_never_waver_stay_finite():
    made = choices(3, n_persons=30, most_tasks=6)
    best = np.array([a + made.design[a:b, 0].argmax() for a, b in pairwise(made.task_starts)])
    data = type(made)(**{**vars(made), "chosen_rows": best}).data()
    fit = HierarchicalBayes(n_burn_in=200, n_sweeps=300, n_draws=20).fit(data)
    assert fit.multinomial.status == "separated"
    assert np.isfinite(fit.draws).all()
    assert (fit.person_means[:, 0] > 0.0).all()


def test_the_prior_of_spreads_has_the_median_that_it_says():
    # v ~ exponential with mean 2 m^2; sd^2 ~ inverse gamma(1, v / 2): its median is m^2.
    random = np.random.default_rng(0)
    prior = Prior(median_sd=3.0).of_population(np.zeros(4))
    v = random.exponential(1.0 / prior.scale_rate[0], 200_000)
    freedom = prior.degrees - 4 + 1
    variance = v / random.chisquare(freedom, 200_000)
    assert np.median(np.sqrt(variance)) == pytest.approx(3.0, rel=0.02)
    assert (np.sqrt(variance) > 6.0).mean() == pytest.approx(1.0 / 5.0, abs=0.005)
