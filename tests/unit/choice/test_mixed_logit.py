"""The mixed logit finds the population that choices come from, and says what it cannot know."""

import numpy as np
import pytest

from counterflow.choice.constraints import Constraints
from counterflow.choice.mixed_logit import MixedLogit
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.choice_data import ChoiceData
from counterflow.domain.columns import Numeric
from counterflow.domain.errors import InputError, LabelMismatchError, NotIdentifiedError
from counterflow.runners.threads import ThreadRunner

N_TASKS, N_ALTERNATIVES = 8, 3


def population(n_people, draw, *, seed=0, known=None):
    """Return simulated choices of people whose coefficients of price and range `draw` returns."""
    random = np.random.default_rng(seed)
    known = known if known is not None else np.zeros(n_people)
    n_rows = n_people * N_TASKS * N_ALTERNATIVES
    columns = {
        "price": random.uniform(0.5, 3.0, n_rows),
        "range": random.uniform(-1.0, 1.0, n_rows),
    }
    coefficients = draw(random, known)
    person = np.repeat(np.arange(n_people), N_TASKS * N_ALTERNATIVES)
    utility = sum(coefficients[k][person] * x for k, x in columns.items())
    utility = utility + random.gumbel(size=n_rows)
    starts = np.arange(0, n_rows + 1, N_ALTERNATIVES)
    return ChoiceData(
        columns={name: Numeric(values) for name, values in columns.items()},
        is_outside=np.zeros(n_rows, dtype=bool),
        task_starts=starts,
        respondent_starts=np.arange(0, n_people * N_TASKS + 1, N_TASKS),
        chosen_rows=starts[:-1] + utility.reshape(-1, N_ALTERNATIVES).argmax(axis=1),
        respondent_ids=tuple(f"p{n}" for n in range(n_people)),
        about_respondents={"income": Numeric(known)},
    )


def normals(random, known):
    n = len(known)
    return {"price": np.full(n, -1.0), "range": 1.0 + 0.8 * random.standard_normal(n)}


@pytest.fixture(scope="module")
def data():
    return population(400, normals)


@pytest.fixture(scope="module")
def fitted(data):
    return MixedLogit(random={"range": "normal"}).fit(data)


def check(result, truth, *, within=3.0):
    assert result.status == "converged"
    errors = result.parameters.standard_errors()
    for label, value in truth.items():
        error = errors[result.parameters.position(label)]
        assert abs(result.parameters[label] - value) < within * error, label


def test_normals_are_recovered(fitted):
    check(fitted, {"price": -1.0, "mean(range)": 1.0, "sd(range)": 0.8})
    assert fitted.log_likelihood > fitted.multinomial_log_likelihood
    assert fitted.simulation_error.is_small


@pytest.mark.parametrize(
    ("kind", "draw", "truth"),
    [
        (
            "negative lognormal",
            lambda z: -np.exp(0.2 + 0.6 * z),
            {"mean(ln -price)": 0.2, "sd(ln -price)": 0.6},
        ),
        (
            "uniform",
            lambda z: -1.0 + 1.5 * (2.0 * _phi(z) - 1.0),
            {"mean(price)": -1.0, "span(price)": 1.5},
        ),
    ],
)
def test_other_distributions_are_recovered(kind, draw, truth):
    def people(random, known):
        n = len(known)
        return {"price": draw(random.standard_normal(n)), "range": np.full(n, 1.0)}

    result = MixedLogit(random={"price": kind}).fit(population(600, people, seed=2))
    check(result, {**truth, "range": 1.0})


def _phi(z):
    from scipy.special import ndtr

    return ndtr(z)


def test_a_normal_cut_off_at_zero_is_recovered_as_a_population():
    def people(random, known):
        z = random.standard_normal(20 * len(known))
        cut = (0.5 + 0.7 * z)[0.5 + 0.7 * z > 0.0][: len(known)]
        return {"price": -cut, "range": np.full(len(known), 1.0)}

    result = MixedLogit(random={"price": "negative truncated normal"}).fit(
        population(600, people, seed=3)
    )
    found = result.moments()
    assert found.mean[0] == pytest.approx(-0.754, abs=0.08)
    assert found.share_positive[0] == 0.0


def test_correlated_coefficients_are_recovered():
    root = np.array([[0.8, 0.0], [-0.6, 0.5]])

    def people(random, known):
        z = random.standard_normal((len(known), 2)) @ root.T
        return {"price": -1.0 + z[:, 0], "range": 1.0 + z[:, 1]}

    data = population(500, people, seed=4)
    result = MixedLogit(random={"price": "normal", "range": "normal"}, correlated=True).fit(data)
    check(
        result,
        {
            "mean(price)": -1.0,
            "factor(price, price)": 0.8,
            "factor(range, price)": -0.6,
            "factor(range, range)": 0.5,
        },
    )
    assert result.correlation()[0, 1] == pytest.approx(-0.77, abs=0.15)


def test_covariates_shift_the_mean():
    income = np.random.default_rng(5).normal(0.0, 1.0, 500)

    def people(random, known):
        return {
            "price": -1.0 + 0.5 * known + 0.5 * random.standard_normal(len(known)),
            "range": np.full(len(known), 1.0),
        }

    data = population(500, people, seed=5, known=income)
    result = MixedLogit(random={"price": "normal"}, covariates={"price": ["income"]}).fit(data)
    check(result, {"mean(price)": -1.0, "price:income": 0.5, "sd(price)": 0.5})


def test_willingness_to_pay_is_estimated_in_its_own_space():
    def people(random, known):
        n = len(known)
        scale = np.exp(0.3 + 0.4 * random.standard_normal(n))
        return {"price": -scale, "range": scale * (1.5 + 0.7 * random.standard_normal(n))}

    data = population(600, people, seed=6)
    result = MixedLogit(
        random={"price": "negative lognormal", "range": "normal"}, willingness_to_pay_of="price"
    ).fit(data)
    check(
        result,
        {"mean(ln -price)": 0.3, "sd(ln -price)": 0.4, "mean(range)": 1.5, "sd(range)": 0.7},
    )
    worth = result.part_worths(data, n_draws=4, seed=1)
    assert (worth.draws[:, :, 0] < 0.0).all()


def test_a_spread_fixed_at_zero_is_the_multinomial_logit(data):
    known = Constraints(fixed={"sd(range)": 0.0})
    result = MixedLogit(random={"range": "normal"}, constraints=known).fit(data)
    plain = MultinomialLogit().fit(data)
    error = result.simulation_error.log_likelihood_error
    assert result.log_likelihood == pytest.approx(plain.log_likelihood, abs=4.0 * error)
    assert result.parameters["price"] == pytest.approx(plain.parameters["price"], rel=1e-3)
    assert result.parameters.standard_errors()[2] == 0.0


def test_nothing_random_is_an_error_that_names_the_other_model(data):
    with pytest.raises(InputError, match="MultinomialLogit"):
        MixedLogit().fit(data)


def test_threads_change_no_bit(data, fitted):
    other = MixedLogit(random={"range": "normal"}).fit(data, map_blocks=ThreadRunner(3).map)
    assert (other.parameters.values == fitted.parameters.values).all()
    assert other.log_likelihood == fitted.log_likelihood


def test_units_change_the_figures_and_nothing_else(data, fitted):
    columns = {**data.columns, "price": Numeric(data.columns["price"].values * 1e9)}
    won = ChoiceData(
        columns=columns,
        is_outside=np.asarray(data.is_outside),
        task_starts=np.asarray(data.task_starts),
        respondent_starts=np.asarray(data.respondent_starts),
        chosen_rows=np.asarray(data.chosen_rows),
        respondent_ids=data.respondent_ids,
    )
    result = MixedLogit(random={"range": "normal"}).fit(won)
    assert result.status == "converged"
    assert result.parameters["price"] == pytest.approx(1e-9 * fitted.parameters["price"], rel=1e-6)
    assert result.log_likelihood == pytest.approx(fitted.log_likelihood, abs=1e-6)


def test_tasks_of_their_own_are_fitted_with_panel_false(data):
    result = MixedLogit(random={"range": "normal"}, panel=False).fit(data)
    assert result.status in ("converged", "not_identified")
    assert result.parameters.n_clusters == data.n_respondents
    with pytest.raises(ValueError, match="panel=True"):
        result.individual(data)


def test_persons_are_between_their_choices_and_the_population(data, fitted):
    people = fitted.individual(data, n_draws=50, seed=1)
    assert people.labels == ("price", "range")
    assert people.sd[:, 0] == pytest.approx(0.0, abs=1e-9)
    spread = people.mean[:, 1].std()
    assert 0.3 < spread < 0.8
    drawn = np.sqrt(people.draws[:, :, 1].var(axis=(0, 1)))
    assert drawn == pytest.approx(fitted.parameters["sd(range)"], rel=0.15)


def test_people_who_are_known_are_predicted_better(data, fitted):
    unknown = fitted.probabilities(data)[data.chosen_rows]
    known = fitted.probabilities_of_known(data, history=data)[data.chosen_rows]
    assert np.log(known).mean() > np.log(unknown).mean()
    with pytest.raises(LabelMismatchError):
        fitted.probabilities_of_known(data, history=data.take_respondents(np.arange(5)))


def test_a_start_is_taken_and_several_starts_are_told(data, fitted):
    again = MixedLogit(
        random={"range": "normal"}, start=fitted.parameters.as_dict(), n_draws=64
    ).fit(data)
    assert again.log_likelihood == pytest.approx(fitted.log_likelihood, abs=0.3)
    several = MixedLogit(random={"range": "normal"}, n_starts=3, n_draws=64).fit(data)
    assert len(several.start_log_likelihoods) == 3
    assert several.start_log_likelihoods == pytest.approx([fitted.log_likelihood] * 3, abs=0.5)


def test_plain_simulation_comes_to_the_same_with_more_draws(data, fitted):
    plain = MixedLogit(random={"range": "normal"}, is_centred=False, n_draws=512).fit(data)
    check(plain, fitted.parameters.as_dict(), within=0.3)


def test_every_wrong_name_is_told_at_once(data):
    model = MixedLogit(
        random={"rang": "normal", "price": "gamma"},
        correlated=[("range", "price")],
        covariates={"rnge": ["income"]},
        willingness_to_pay_of="cost",
    )
    with pytest.raises(InputError) as caught:
        model.fit(data)
    keys = [problem.key for problem in caught.value.problems]
    assert {"random", "random.price", "covariates", "willingness_to_pay_of"} <= set(keys)


def test_uniforms_are_not_correlated_in_silence(data):
    model = MixedLogit(random={"price": "uniform", "range": "normal"}, correlated=True)
    with pytest.raises(InputError, match="normal or lognormal"):
        model.fit(data)


def test_unknown_covariates_and_starts_are_named(data):
    with pytest.raises(InputError, match="income"):
        MixedLogit(random={"range": "normal"}, covariates={"range": ["age"]}).fit(data)
    with pytest.raises(ValueError, match="sd\\(price\\)"):
        MixedLogit(random={"range": "normal"}, start={"sd(price)": 1.0}).fit(data)


def test_twin_attributes_are_named(data):
    columns = {**data.columns, "miles": data.columns["range"]}
    twins = ChoiceData(
        columns=columns,
        is_outside=np.asarray(data.is_outside),
        task_starts=np.asarray(data.task_starts),
        respondent_starts=np.asarray(data.respondent_starts),
        chosen_rows=np.asarray(data.chosen_rows),
        respondent_ids=data.respondent_ids,
    )
    with pytest.raises(NotIdentifiedError) as caught:
        MixedLogit(random={"range": "normal"}).fit(twins)
    assert set(caught.value.combination) == {"range", "miles"}


def test_separated_choices_are_named_not_fitted_in_silence(data):
    best = np.asarray(data.columns["range"].values).reshape(-1, N_ALTERNATIVES).argmax(axis=1)
    separated = ChoiceData(
        columns=dict(data.columns),
        is_outside=np.asarray(data.is_outside),
        task_starts=np.asarray(data.task_starts),
        respondent_starts=np.asarray(data.respondent_starts),
        chosen_rows=np.asarray(data.task_starts)[:-1] + best,
        respondent_ids=data.respondent_ids,
    )
    result = MixedLogit(random={"range": "normal"}, n_draws=64).fit(separated)
    assert result.status == "separated"
    assert result.separating["range"] == pytest.approx(1.0)
    assert "separated by" in result.summary()


def test_the_summary_says_what_a_reader_must_know(fitted):
    text = fitted.summary()
    for words in ("converged", "400 respondents", "simulation error", "sd(range)", "share above 0"):
        assert words in text
