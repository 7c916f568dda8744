"""Mixed logits whose maximum is published, or known to high accuracy."""

from pathlib import Path

import pytest

from benchmarks.choice_data import choice_data
from benchmarks.data_sets import load
from counterflow.choice.mixed_logit import MixedLogit
from counterflow.domain.choice_data import ChoiceData
from counterflow.runners.threads import ThreadRunner

DATA = Path(__file__).parents[3] / "shared" / "data" / "choice"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="no shared/data/choice beside the project"
)
ELECTRICITY = ("pf", "cl", "loc", "wk", "tod", "seas")


def fitted(data: ChoiceData, labels: tuple[str, ...], **kwargs):
    kind = kwargs.pop("kind", "normal")
    model = MixedLogit(random=dict.fromkeys(labels, kind), **kwargs)
    found = model.fit(data, map_blocks=ThreadRunner().map)
    assert found.status == "converged"
    return found


@pytest.fixture(scope="module")
def electricity() -> ChoiceData:
    return choice_data(load("electricity"))


@pytest.fixture(scope="module")
def swissmetro() -> ChoiceData:
    return choice_data(load("swissmetro"))


def test_electricity_with_independent_normals(electricity):
    # xlogit 0.1.4 at 250,000 to 500,000 Halton draws: -3878.55 to -3878.75 (its benchmark,
    # many_draws.csv); 65,536 Sobol draws at the maximum: -3878.8.
    found = fitted(electricity, ELECTRICITY)
    assert found.log_likelihood == pytest.approx(-3878.8, abs=0.3)
    known = dict(
        zip(
            found.labels,
            (
                -1.010,
                -0.233,
                2.354,
                1.677,
                -9.721,
                -9.880,
                0.223,
                0.411,
                1.890,
                1.251,
                2.504,
                1.609,
            ),
            strict=True,
        )
    )
    errors = found.parameters.standard_errors()
    for label, error in zip(found.labels, errors, strict=True):
        assert found.parameters[label] == pytest.approx(known[label], abs=0.3 * error), label


def test_electricity_with_correlated_normals(electricity):
    # 1,024 centred draws in another implementation, re-evaluated at 65,536 Sobol draws.
    found = fitted(electricity, ELECTRICITY, correlated=True)
    assert found.log_likelihood == pytest.approx(-3668.0, abs=0.2)
    correlation = found.correlation()
    known = {("pf", "tod"): 0.912, ("pf", "seas"): 0.947, ("tod", "seas"): 0.935}
    known |= {("loc", "wk"): 0.784, ("pf", "loc"): 0.490, ("loc", "tod"): 0.485}
    for (one, other), value in known.items():
        place = ELECTRICITY.index(one), ELECTRICITY.index(other)
        assert correlation[place] == pytest.approx(value, abs=0.02), (one, other)


def test_yogurt_in_preference_space():
    # logitr 1.2.0, loglik_draws.csv: 5,000 MLHS draws give -1248.1 to -1244.1.
    from reference.test_known_logits import _yogurt

    brands = ("dannon", "hiland", "weight", "yoplait")
    labels = ("feat", *(f"brand[{brand}]" for brand in brands[1:]))
    found = fitted(_yogurt(brands), labels)
    assert found.log_likelihood == pytest.approx(-1246.0, abs=1.0)


def test_vehicle_buyers_of_train():
    # larch 6 at 200 Latin hypercube draws -1330.44; the limit is -1331.7 (centred and plain draws
    # of another implementation agree).
    found = fitted(
        choice_data(load("car100")),
        ("opcost", "range", "ev", "hybrid", "hiperf", "medhiperf"),
        n_draws=512,
    )
    assert found.log_likelihood == pytest.approx(-1331.7, abs=0.2)
    known = {"price": -0.498, "mean(ev)": -1.77, "mean(hybrid)": 0.47, "mean(opcost)": -0.136}
    known |= {"sd(ev)": 1.02, "sd(hybrid)": 0.85, "sd(opcost)": 0.337, "mean(medhiperf)": 0.54}
    for label, value in known.items():
        assert found.parameters[label] == pytest.approx(value, abs=0.04), label


def test_the_chinese_car_buyers():
    # 64 centred draws and 512 plain ones in another implementation, re-evaluated at 65,536.
    data = choice_data(load("cars_china"))
    labels = tuple(label for label in data.columns if label != "price")
    found = fitted(data, labels, n_draws=128)
    assert found.log_likelihood == pytest.approx(-6471.5, abs=1.0)


def test_swissmetro_with_a_lognormal_time_by_quadrature(swissmetro):
    # biogeme, saved_results/b17b_lognormal_mixture_integral.yaml, whose quadrature has 30 points
    # over the population; its search stops when the likelihood has its printed digits. The
    # integral itself, with more points, is -5231.419.
    found = fitted(
        swissmetro,
        ("time",),
        kind="negative lognormal",
        draws="gauss-hermite",
        n_draws=30,
        is_centred=False,
        tolerance=1e-4,
    )
    assert found.log_likelihood == pytest.approx(-5231.5055, abs=1e-3)
    known = {"mean(ln -time)": 0.56995, "sd(ln -time)": 1.21382, "cost": -1.37626}
    for label, value in known.items():
        assert found.parameters[label] == pytest.approx(value, abs=1e-4), label


def test_swissmetro_with_a_uniform_time_by_quadrature(swissmetro):
    # biogeme, saved_results/b06c_unif_mixture_integral.yaml; it integrates over another variable.
    found = fitted(
        swissmetro, ("time",), kind="uniform", draws="gauss-hermite", n_draws=128, tolerance=1e-4
    )
    assert found.log_likelihood == pytest.approx(-5215.0612, abs=1e-3)
    assert found.parameters["mean(time)"] == pytest.approx(-2.32058, abs=5e-4)
    assert found.parameters["span(time)"] == pytest.approx(2.87596, abs=2e-3)


def test_swissmetro_with_a_normal_time_and_draws(swissmetro):
    # biogeme 3.3.4, example b05a with 2,000 draws: -5214.785, of which draws make some 0.3.
    found = fitted(swissmetro, ("time",))
    exact = fitted(swissmetro, ("time",), draws="gauss-hermite", n_draws=32)
    assert exact.log_likelihood == pytest.approx(-5215.04, abs=0.01)
    assert found.log_likelihood == pytest.approx(-5214.785, abs=1.0)
    assert found.log_likelihood == pytest.approx(
        exact.log_likelihood, abs=4.0 * found.simulation_error.log_likelihood_error
    )
