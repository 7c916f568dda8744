"""Nested and cross-nested logits: what they recover, how they are asked for, what they refuse."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone

from counterflow.choice.constraints import Constraints
from counterflow.choice.cross_nested_logit import CrossNestedLogit
from counterflow.choice.fitted_model import FittedModel
from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.choice.nest_parameters import NestLayout
from counterflow.choice.nested_likelihood import predicted
from counterflow.choice.nested_logit import NestedLogit
from counterflow.choice.nests import Nests
from counterflow.domain.choice_data import Categorical, ChoiceData, Numeric
from counterflow.domain.errors import InputError, LabelMismatchError, NotIdentifiedError
from counterflow.domain.utility import as_utility
from counterflow.formats.fitted_model import load_model, save_model

MODES = ("train", "bus", "coach", "car", "bike")
TREE = {"motor": {"public": ("train", "bus", "coach"), "car": ("car",)}, "bike": ("bike",)}
SETS = {"public": ("train", "bus", "coach"), "road": ("bus", "coach", "car"), "bike": ("bike",)}
UTILITY = {"price": "price", "time": "time"}


def travellers(n_persons: int, *, seed: int, miss: float = 0.2) -> ChoiceData:
    """Return trips by modes that are not always there, two a person, with choices to be made."""
    random = np.random.default_rng(seed)
    there = random.random((2 * n_persons, len(MODES))) >= miss
    there[:, [0, 4]] = True
    tasks, modes = np.nonzero(there)
    starts = np.append(0, np.cumsum(there.sum(axis=1)))
    return ChoiceData(
        columns={
            "price": Numeric(random.uniform(1.0, 4.0, len(tasks))),
            "time": Numeric(random.uniform(0.0, 3.0, len(tasks))),
            "where": Categorical((modes == 4).astype(int), ("road", "path")),
        },
        is_outside=np.zeros(len(tasks), dtype=bool),
        task_starts=starts,
        respondent_starts=np.arange(0, 2 * n_persons + 1, 2),
        chosen_rows=starts[:-1].copy(),
        respondent_ids=tuple(map(str, range(n_persons))),
        alternative_names=Categorical(modes, MODES),
        weights=random.uniform(0.5, 2.0, n_persons),
    )


def chosen_by(layout: NestLayout, data: ChoiceData, theta: np.ndarray, *, seed: int) -> ChoiceData:
    """Return the data with choices that people with these parameters would make."""
    shares, _ = predicted(layout, as_utility(UTILITY, data), data, theta)
    draws = np.random.default_rng(seed).random(data.n_tasks)
    starts = np.asarray(data.task_starts)
    passed = np.cumsum(shares) - np.arange(data.n_tasks).repeat(np.diff(starts))
    ends = zip(itertools.pairwise(starts), draws, strict=True)
    chosen = [a + np.searchsorted(passed[a:b], x) for (a, b), x in ends]
    return replace(data, chosen_rows=np.minimum(chosen, starts[1:] - 1))


def without(data: ChoiceData, *names: str) -> ChoiceData:
    """Return the data without some columns."""
    return replace(data, columns={k: x for k, x in data.columns.items() if k not in names})


@pytest.fixture(scope="module")
def trips() -> ChoiceData:
    data = travellers(1500, seed=1)
    layout = NestLayout.of(Nests.of_tree(TREE, data), ("price", "time"))
    return chosen_by(layout, data, np.array([-1.0, -0.8, 0.4, 0.7]), seed=2)


@pytest.fixture(scope="module")
def fitted(trips):
    return NestedLogit(UTILITY, nests=TREE).fit(trips)


def test_three_levels_are_recovered(fitted):
    assert fitted.status == "converged"
    assert fitted.parameters.labels == ("price", "time", "lambda[public]", "lambda[motor]")
    errors = fitted.parameters.standard_errors()
    truth = np.array([-1.0, -0.8, 0.4, 0.7])
    assert (np.abs(fitted.parameters.values - truth) < 3.0 * errors).all()
    assert (errors < 0.1).all()
    assert fitted.log_likelihood > fitted.multinomial_log_likelihood + 50.0


def test_shares_of_an_alternative_are_recovered():
    data = travellers(4000, seed=3, miss=0.1)
    layout = NestLayout.of(Nests.of_sets(SETS, data), ("price", "time"))
    assert layout.labels == (
        *("price", "time", "lambda[public]", "lambda[road]"),
        *("alpha[bus:public]", "alpha[coach:public]"),
    )
    truth = np.array([-1.0, -0.8, 0.3, 0.5, 0.3, 0.7])
    data = chosen_by(layout, data, truth, seed=4)
    found = CrossNestedLogit(UTILITY, nests=SETS).fit(data)
    errors = found.parameters.standard_errors()
    assert found.status == "converged"
    assert (np.abs(found.parameters.values - truth) < 3.0 * errors).all()
    assert sum(found.allocations["bus"].values()) == pytest.approx(1.0)
    assert found.allocations["bike"] == {"bike": 1.0}
    fixed = CrossNestedLogit(
        UTILITY,
        nests=SETS,
        allocations={"bus": {"public": 0.3, "road": 0.7}, "coach": {"public": 0.7, "road": 0.3}},
    ).fit(data)
    assert fixed.parameters.labels == ("price", "time", "lambda[public]", "lambda[road]")
    assert found.log_likelihood - 6.0 < fixed.log_likelihood < found.log_likelihood


def test_a_cross_nested_logit_of_nests_apart_is_the_nested_logit(trips):
    nests = {"public": ("train", "bus", "coach"), "car": ("car",), "bike": ("bike",)}
    one = NestedLogit(UTILITY, nests=nests).fit(trips)
    other = CrossNestedLogit(UTILITY, nests=nests).fit(trips)
    assert other.parameters.labels == one.parameters.labels
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-8)


def test_shares_in_three_nests_sum_to_one(trips):
    nests = {"a": ("train", "bus"), "b": ("train", "coach", "car"), "c": ("train", "bike")}
    layout = NestLayout.of(Nests.of_sets(nests, trips), ("price", "time"))
    assert layout.share_labels == ("alpha[train:a]", "alpha[train:b|not a]")
    theta = np.array([-1.0, -0.8, 0.5, 0.6, 0.7, 0.2, 0.25])
    shares = dict(zip(layout.nests.of_kinds, layout.split(theta)[1].allocations, strict=False))
    found = [shares["train", nest] for nest in "abc"]
    np.testing.assert_allclose(found, [0.2, 0.8 * 0.25, 0.8 * 0.75])


def test_dissimilarities_of_one_make_it_the_multinomial_logit(trips):
    fixed = Constraints(fixed={"lambda[public]": 1.0, "lambda[motor]": 1.0})
    nested = NestedLogit(nests=TREE, constraints=fixed).fit(without(trips, "where"))
    simple = MultinomialLogit().fit(without(trips, "where"))
    assert nested.log_likelihood == pytest.approx(simple.log_likelihood, abs=1e-7)
    assert nested.parameters.standard_errors()[2:].tolist() == [0.0, 0.0]


def test_nests_may_share_one_dissimilarity(trips):
    shared = NestedLogit(UTILITY, nests=TREE, one_lambda_for="all").fit(trips)
    tied = Constraints(tied=[("lambda[public]", "lambda[motor]")])
    same = NestedLogit(UTILITY, nests=TREE, constraints=tied).fit(trips)
    flat = {"motor": ("train", "bus", "coach", "car"), "bike": ("bike",)}
    collapsed = NestedLogit(UTILITY, nests=flat).fit(trips)
    assert shared.parameters.labels == ("price", "time", "lambda")
    assert shared.log_likelihood == pytest.approx(same.log_likelihood, abs=1e-8)
    assert shared.log_likelihood == pytest.approx(collapsed.log_likelihood, abs=1e-8)
    by_level = NestedLogit(UTILITY, nests=TREE, one_lambda_for="level").fit(trips)
    assert by_level.parameters.labels[2:] == ("lambda[level 2]", "lambda[level 1]")


def test_a_weight_of_two_is_a_person_twice(trips):
    few = trips.take_respondents(np.arange(300))
    doubled = trips.take_respondents(np.repeat(np.arange(300), 2))
    weighted = replace(few, weights=np.full(300, 2.0))
    one = NestedLogit(UTILITY, nests=TREE, use_weights=True).fit(weighted)
    other = NestedLogit(UTILITY, nests=TREE).fit(doubled)
    np.testing.assert_allclose(one.parameters.values, other.parameters.values, rtol=1e-6)


def test_a_fit_is_the_same_to_the_bit_on_threads_and_for_a_clone(trips, fitted):
    model = clone(NestedLogit(UTILITY, nests=TREE))
    with ThreadPoolExecutor(4) as threads:
        again = model.fit(trips, map_blocks=threads.map)
    assert again.parameters.values.tobytes() == fitted.parameters.values.tobytes()
    assert model.score(trips) == fitted.score(trips)


def test_a_fit_tells_how_far_it_is(trips):
    told = []
    NestedLogit(UTILITY, nests=TREE).fit(trips, report=lambda share, text: told.append(share))
    assert told == sorted(told)
    assert 0.0 <= told[0] < told[-1] <= 1.0


def test_a_fitted_model_answers_what_every_model_is_asked(trips, fitted):
    assert isinstance(fitted, FittedModel)
    assert fitted.person_log_likelihoods(trips).sum() == pytest.approx(fitted.log_likelihood)
    surplus = fitted.consumer_surplus(trips, "price")
    np.testing.assert_allclose(surplus * -fitted.parameters["price"], fitted.logsums(trips))
    dearer = replace(
        trips, columns={**trips.columns, "price": Numeric(trips.columns["price"].values + 1.0)}
    )
    assert (fitted.consumer_surplus(dearer, "price") < surplus).all()
    text = fitted.summary()
    assert "mu = 1/lambda" in text
    assert "consistent with random utility" in text


def test_a_saved_model_predicts_the_same(trips, fitted, tmp_path):
    loaded = load_model(save_model(fitted, tmp_path / "nested.model"))
    assert loaded.probabilities(trips).tobytes() == fitted.probabilities(trips).tobytes()
    assert loaded.model.nests == TREE


def cards(*, outside: bool, seed: int = 5, n_persons: int = 400) -> ChoiceData:
    """Return conjoint cards without names, known by their powertrain, taken at random."""
    random = np.random.default_rng(seed)
    n_tasks, size = 3 * n_persons, 4
    kinds = random.integers(0, 3, n_tasks * size)
    is_outside = np.tile(np.arange(size) == size - 1, n_tasks) & outside
    starts = np.arange(0, n_tasks * size + 1, size)
    price = np.where(is_outside, np.nan, random.uniform(1.0, 4.0, n_tasks * size))
    common = np.repeat(random.gumbel(size=(n_tasks, 3)), size, axis=0)
    utility = random.gumbel(size=len(kinds)) * 0.5 + common[np.arange(len(kinds)), kinds]
    utility -= 0.5 * np.nan_to_num(price)
    return ChoiceData(
        columns={
            "price": Numeric(price),
            "powertrain": Categorical(
                np.where(is_outside, -1, kinds), ("petrol", "hybrid", "electric")
            ),
        },
        is_outside=is_outside,
        task_starts=starts,
        respondent_starts=np.arange(0, n_tasks + 1, 3),
        chosen_rows=starts[:-1] + utility.reshape(-1, size).argmax(axis=1),
        respondent_ids=tuple(map(str, range(n_persons))),
    )


def test_cards_without_names_are_nested_by_an_attribute():
    data = cards(outside=False)
    each = NestedLogit(nests="powertrain").fit(data)
    assert [x for x in each.parameters.labels if "lambda" in x] == [
        "lambda[petrol]",
        "lambda[hybrid]",
        "lambda[electric]",
    ]
    assert max(each.lambdas.values()) < 1.0
    grouped = NestedLogit(
        nests={"plugged": ("electric", "hybrid"), "petrol": ("petrol",)}, nests_by="powertrain"
    ).fit(data)
    assert set(grouped.lambdas) == {"plugged", "petrol"}


def test_the_outside_option_stands_alone_or_in_a_nest():
    data = cards(outside=True)
    alone = NestedLogit(nests="powertrain").fit(data)
    assert ("outside", "") in alone.layout.nests.of_kinds
    within = NestedLogit(
        nests={"petrol or none": ("petrol", "outside"), "plugged": ("hybrid", "electric")},
        nests_by="powertrain",
    ).fit(data)
    assert ("outside", "petrol or none") in within.layout.nests.of_kinds
    for found in (alone, within):
        shares = found.probabilities(data)
        np.testing.assert_allclose(np.add.reduceat(shares, data.task_starts[:-1]), 1.0)


@pytest.mark.parametrize(
    ("nests", "key", "found"),
    [
        ({"public": ("train", "bus"), "car": ("car",)}, "nests", "coach, bike in none"),
        ({**TREE, "other": ("bike",)}, "nests", '"bike" 2 times'),
        ({**TREE, "other": ("trian",)}, "nests.other", '"trian"'),
        ({**TREE, "other": ()}, "nests.other", "nothing"),
        ({**TREE, "more": {"public": ("train",)}}, "nests", '"public" 2 times'),
    ],
)
def test_nests_that_do_not_fit_are_named(trips, nests, key, found):
    with pytest.raises(InputError) as caught:
        NestedLogit(UTILITY, nests=nests).fit(trips)
    assert (key, found) in {(p.key, p.found) for p in caught.value.problems}


def test_the_words_of_nests_that_do_not_fit_help(trips):
    wrong = {**TREE, "other": ("trian",)}
    with pytest.raises(InputError, match='Did you mean "train"'):
        NestedLogit(UTILITY, nests=wrong).fit(trips)
    with pytest.raises(InputError, match=r"nests_by.*where"):
        NestedLogit(UTILITY, nests=TREE, nests_by="price").fit(trips)
    with pytest.raises(InputError, match="nests_by"):
        NestedLogit(nests={"a": ("petrol",)}).fit(cards(outside=False))


@pytest.mark.parametrize(
    ("allocations", "found"),
    [
        ({"bus": {"public": 0.5, "road": 0.6}}, "0.5, 0.6"),
        ({"bus": {"public": 1.0}}, "public"),
        ({"tram": {"public": 1.0}}, "public"),
    ],
)
def test_allocations_that_do_not_fit_are_named(trips, allocations, found):
    with pytest.raises(InputError) as caught:
        CrossNestedLogit(UTILITY, nests=SETS, allocations=allocations).fit(trips)
    assert [p.found for p in caught.value.problems] == [found]


def test_a_dissimilarity_that_no_task_bears_on_is_named(trips):
    # One path a task: a nest by attribute that never holds two.
    with pytest.raises(NotIdentifiedError, match=r"lambda\[path\]"):
        NestedLogit(UTILITY, nests="where").fit(trips)
    fixed = Constraints(fixed={"lambda[path]": 1.0})
    assert NestedLogit(UTILITY, nests="where", constraints=fixed).fit(trips).is_converged


def test_alternatives_that_are_in_no_nest_are_not_predicted(trips, fitted):
    names = Categorical(np.asarray(trips.alternative_names.codes), (*MODES[:4], "scooter"))
    with pytest.raises(LabelMismatchError, match=r"train, bus.*unknown.*scooter"):
        fitted.probabilities(replace(trips, alternative_names=names))


def test_a_start_or_a_price_that_is_no_parameter_is_named(trips, fitted):
    with pytest.raises(InputError, match=r"lambda\[bus\]"):
        NestedLogit(UTILITY, nests=TREE, start={"lambda[bus]": 0.5}).fit(trips)
    with pytest.raises(InputError, match='"nest", "level", "all", found "tree"'):
        NestLayout.of(Nests.of_tree(TREE, trips), ("price",), one_lambda_for="tree")
    with pytest.raises(InputError, match="above 0, found 0 for"):
        NestedLogit(
            UTILITY, nests=TREE, constraints=Constraints(fixed={"lambda[public]": 0.0})
        ).fit(trips)
    with pytest.raises(InputError, match='Did you mean "price"'):
        fitted.consumer_surplus(trips, "prise")


def test_a_nest_that_holds_all_there_is_only_scales_utility(trips):
    with pytest.raises(NotIdentifiedError, match=r"lambda\[all\]"):
        NestedLogit(UTILITY, nests={"all": MODES}).fit(trips)


def test_choices_that_a_column_predicts_are_separated(trips):
    price, starts = trips.columns["price"].values, np.asarray(trips.task_starts)
    cheapest = np.array([a + price[a:b].argmin() for a, b in itertools.pairwise(starts)])
    found = NestedLogit(UTILITY, nests=TREE).fit(replace(trips, chosen_rows=cheapest))
    assert found.status == "separated"
    assert "price" in found.separating
    assert "choices are separated by" in found.summary()


def test_a_nest_of_what_people_do_not_swap_is_reported_as_inconsistent():
    data = travellers(1500, seed=6)
    layout = NestLayout.of(Nests.of_tree(TREE, data), ("price", "time"))
    data = chosen_by(layout, data, np.array([-1.0, -0.8, 1.0, 1.5]), seed=7)
    found = NestedLogit(UTILITY, nests=TREE).fit(data)
    assert found.inconsistent_nests == ("motor",)
    assert "not consistent with random utility everywhere: lambda of motor" in found.summary()
    upper = Constraints(upper={"lambda[motor]": 1.0})
    bounded = NestedLogit(UTILITY, nests=TREE, constraints=upper).fit(data)
    assert bounded.parameters.at_bound == ("lambda[motor]",)
    assert bounded.inconsistent_nests == ()


def test_utility_may_bend_in_its_parameters(trips):
    bent = {"price": "box_cox(price)", "time": "time"}
    found = NestedLogit(bent, nests=TREE).fit(trips)
    straight = NestedLogit(UTILITY, nests=TREE).fit(trips)
    assert found.status == "converged"
    assert found.log_likelihood >= straight.log_likelihood
    assert len(found.parameters.labels) == len(straight.parameters.labels) + 1
