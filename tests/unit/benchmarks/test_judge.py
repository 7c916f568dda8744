"""What judges the fits of benchmarks: log-likelihoods by the formula, effective samples, tables."""

import numpy as np
import pytest

from benchmarks.chains import Chains, hold_out_log_likelihood
from benchmarks.choices import Choices
from benchmarks.data_sets import is_present, load, path_of
from benchmarks.judge import mixed_log_likelihood, multinomial_log_likelihood
from benchmarks.table import BEGIN, END, with_figures

# Ada chose x = 1 over 0 and over 2; Bo chose 0 over 1.
CHOICES = Choices(
    labels=("x",),
    design=np.array([[1.0], [0.0], [1.0], [2.0], [0.0], [1.0]]),
    chosen=np.array([True, False] * 3),
    tasks=np.array([0, 0, 1, 1, 2, 2]),
    people=np.array([0, 0, 0, 0, 1, 1]),
)


def _logit(v):
    return 1.0 / (1.0 + np.exp(-v))


def test_the_multinomial_log_likelihood_is_the_sum_over_tasks():
    expected = np.log(_logit(0.7)) + 2.0 * np.log(_logit(-0.7))
    assert multinomial_log_likelihood(CHOICES, [0.7]) == pytest.approx(expected)


def test_the_mixed_log_likelihood_integrates_over_each_person():
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    beta, weights = 0.4 + 1.3 * nodes, weights / weights.sum()
    expected = np.log(weights @ (_logit(beta) * _logit(-beta))) + np.log(weights @ _logit(-beta))
    found = mixed_log_likelihood(CHOICES, np.array([0.4]), np.array([[1.3]]), n_draws=4_096)
    assert found == pytest.approx(expected, abs=1e-5)


def test_without_spread_the_mixed_logit_is_the_multinomial():
    # A factor of next to nothing: no draw moves a coefficient.
    found = mixed_log_likelihood(CHOICES, np.array([0.7]), np.array([[1e-12]]), n_draws=8)
    assert found == pytest.approx(multinomial_log_likelihood(CHOICES, [0.7]))


def test_the_published_maximum_of_swissmetro_is_reached():
    """biogeme, saved_results/b01a_logit.yaml: -5331.2520."""
    if not is_present("swissmetro"):
        pytest.skip(f"{path_of('swissmetro')} is absent")
    at = multinomial_log_likelihood(
        load("swissmetro"), [-0.701187, -0.154633, -1.277859, -1.083790]
    )
    assert at == pytest.approx(-5331.2520, abs=1e-3)


def test_held_out_choices_are_judged_by_the_mean_over_draws():
    # Two draws of Ada and Bo: tasks are judged one by one.
    people = np.array([[[1.0], [0.0]], [[3.0], [2.0]]])
    expected = (
        np.log((_logit(1.0) + _logit(3.0)) / 2)
        + np.log((_logit(-1.0) + _logit(-3.0)) / 2)
        + np.log((_logit(0.0) + _logit(-2.0)) / 2)
    )
    assert hold_out_log_likelihood(people, CHOICES) == pytest.approx(expected)


def test_chains_survive_their_file(tmp_path):
    chains = Chains(np.zeros((2, 3, 1)), np.ones((2, 3, 1)), np.full((4, 5, 1), 2.0))
    chains.save(tmp_path / "chains.npz")
    for kept, given in zip(Chains.read(tmp_path / "chains.npz"), chains, strict=True):
        np.testing.assert_array_equal(kept, given)


def test_the_page_shows_figures_with_date_machine_and_versions_and_tells_failures():
    record = {"case": "choice/a", "figure": "fit", "unit": "s", "ours": 0.5, "peer": "other 2"}
    document = {
        "date": "2026-01-02T03:04:05+00:00",
        "machine": {"cpu": "Chip", "cores": 2, "memory_gib": 8.0},
        "versions": {"python": "3.11"},
        "records": [
            record | {"theirs": 2.0, "ratio": 4.0, "quality": {"status": "converged", "x": 1}},
            record | {"theirs": None, "ratio": None, "quality": {"theirs": {"failed": "why"}}},
        ],
    }
    page = with_figures(f"Words.\n{BEGIN}\nold\n{END}\nMore.\n", [document])
    assert "old" not in page
    assert page.startswith("Words.")
    assert page.endswith("More.\n")
    assert "Measured on 2026-01-02: Chip, 2 cores, 8.0 GiB. python 3.11. Beside other 2." in page
    assert "### choice/a" in page
    assert "| fit | 0.5 s | other 2 | 2 s | 4 | status converged |" in page
    assert "failed: why" in page


def test_a_page_without_marks_is_refused():
    with pytest.raises(ValueError, match="begin figures"):
        with_figures("Words.", [])
