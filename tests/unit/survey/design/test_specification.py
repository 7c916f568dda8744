"""A specification takes levels as people give them, and says everything that is wrong at once."""

import numpy as np
import pytest

from counterflow.domain.attributes import Attribute
from counterflow.domain.configuration import Rule
from counterflow.domain.design_settings import DesignSettings, PriorBelief
from counterflow.domain.errors import InputError, NothingBuildableError
from counterflow.domain.programme import Programme
from counterflow.survey.design.prior import Prior
from counterflow.survey.design.specification import DesignSpecification
from strategies.cargo_bike import cargo_bike
from strategies.design_specifications import phones
from strategies.workspaces import example


def _keys(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [problem.key for problem in error.value.problems]


def test_numbers_are_one_linear_effect_and_names_one_each():
    spec = phones()
    assert spec.coding.labels == (
        "brand[beta]",
        "brand[gamma]",
        "screen[folding]",
        "price",
        "outside",
    )
    assert spec.levels["price"] == ("300", "500", "700", "900")


def test_products_are_those_that_the_rules_allow():
    spec = phones()
    assert len(spec.products) == 3 * 2 * 4 - 4
    assert not ((spec.products.codes[:, 0] == 2) & (spec.products.codes[:, 1] == 1)).any()


def test_an_attribute_of_a_programme_keeps_its_coding():
    range_km = Attribute.model_validate(
        {"label": "R", "kind": "feature", "coding": "log", "unit": "km", "levels": [300, 500]}
    )
    spec = DesignSpecification.of(
        {"range": range_km, "trim": ["a", "b"]}, n_tasks=2, n_alternatives=2
    )
    assert spec.coding.labels[0] == "log(range)"


def test_a_programme_asks_for_the_tasks_of_its_questionnaire():
    programme = example("national-car")
    questionnaire = programme.survey.questionnaire
    spec = DesignSpecification.of_programme(programme)
    assert questionnaire is not None
    assert spec.n_tasks == questionnaire.n_tasks
    assert spec.prior.source == "survey.simulated.preferences"
    assert spec.signs == {"price": "negative", "log(range)": "positive"}


def test_a_programmes_prices_lie_in_the_range_that_fits_the_product():
    spec = DesignSpecification.of_programme(example("national-car"))
    battery, price = list(spec.levels).index("battery"), list(spec.levels).index("price")
    rented = spec.products.codes[spec.products.codes[:, battery] > 0]
    assert max(float(spec.levels["price"][code]) for code in rented[:, price]) <= 89_900


def test_stated_priors_go_before_those_of_simulated_respondents():
    raw = cargo_bike()
    raw["survey"]["design"] = {"priors": {"price": -0.002, "load": {"mean": 0.01, "sd": 0.002}}}
    spec = DesignSpecification.of_programme(Programme.model_validate(raw))
    assert spec.prior.mean[list(spec.coding.labels).index("price")] == -0.002
    assert spec.prior.source == "stated"


def test_everything_that_is_wrong_is_said_at_once():
    with pytest.raises(InputError) as error:
        DesignSpecification.of(
            {"brand": ["a", "b"], "price": [1, 2]},
            n_tasks=0,
            n_alternatives=1,
            rules=[Rule(when={"trim": "x"}, requires={"brand": "c"}, reason="?")],
            settings=DesignSettings(
                once_a_task=("colour",), interactions=(("brand", "size"),), n_shown=2
            ),
        )
    assert _keys(error) == [
        "once_a_task",
        "interactions",
        "rules[1]",
        "rules[1].brand",
        "n_tasks",
        "n_alternatives",
        "n_shown",
    ]


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        (["only"], "two levels or more, found 1"),
        ([], "two levels or more, found 0"),
        ("text", "a list of levels, or an Attribute, found str"),
        ([1, 1], "levels with distinct names"),
        ([True, "b"], "names or numbers as levels, found True"),
        (["a[", "b"], "levels that can be told apart"),
    ],
)
def test_levels_that_are_none_are_refused(levels, words):
    with pytest.raises(InputError, match=r"attributes\.brand") as error:
        DesignSpecification.of({"brand": levels}, n_tasks=1, n_alternatives=2)
    assert words in str(error.value)


def test_rules_that_allow_nothing_name_themselves():
    rules = [
        Rule(requires={"brand": "alfa"}, reason="Only alfa."),
        Rule(excludes={"brand": "alfa"}, reason="Never alfa."),
    ]
    with pytest.raises(NothingBuildableError, match=r"Only alfa.*Never alfa"):
        phones(rules=rules)


def test_more_alternatives_than_products_are_refused():
    rules = [Rule(requires={"brand": "alfa", "screen": "flat"}, reason="One line.")]
    with pytest.raises(InputError, match=r"at least 5 different products.*found 4"):
        phones(rules=rules, n_alternatives=5)


def test_a_level_that_no_product_can_have_is_named():
    rules = [Rule(excludes={"brand": "beta"}, reason="Sold out.")]
    with pytest.raises(InputError, match=r"each level of brand.*none with beta"):
        phones(rules=rules)


def test_priors_of_unknown_coefficients_are_all_named():
    with pytest.raises(InputError) as error:
        phones(settings=DesignSettings(priors={"brand[b]": 1.0, "prices": -1.0, "price": -0.1}))
    assert [p.found for p in error.value.problems] == ['"brand[b]"', '"prices"']
    assert "brand[beta]" in str(error.value)


def test_a_prior_of_another_design_is_refused():
    with pytest.raises(InputError, match="a prior of the coefficients"):
        phones(prior=Prior.of(("x",), {"x": 1.0}))


def test_signs_of_unknown_coefficients_are_refused():
    with pytest.raises(InputError, match=r'signs.*"prise"'):
        phones(signs={"prise": "negative"})


def test_a_sign_is_positive_or_negative():
    with pytest.raises(InputError, match='"positive" or "negative", found "pos"'):
        phones(signs={"price": "pos"})


def test_an_interaction_is_counted_once():
    with pytest.raises(InputError, match="screen and brand again"):
        phones(settings=DesignSettings(interactions=(("brand", "screen"), ("screen", "brand"))))


def test_a_level_once_a_task_needs_as_many_levels_as_alternatives():
    with pytest.raises(InputError, match="at least 3 levels of screen"):
        phones(settings=DesignSettings(once_a_task=("screen",)))


def test_labelled_alternatives_are_the_levels_of_their_attribute():
    spec = DesignSpecification.of(
        {"mode": ["bus", "car"], "price": [1, 2, 3], "parking": ["free", "paid"]},
        n_tasks=4,
        only_for={"parking": ["car"]},
        settings=DesignSettings(labelled_by="mode", interactions=(("mode", "price"),)),
    )
    assert spec.alternatives == ("bus", "car")
    bus = spec.products.codes[spec.products.at(0)]
    assert (bus[:, 0] == 0).all()
    assert (bus[:, 2] == -1).all()
    assert len(bus) == 3
    assert len(spec.products.at(1)) == 6


def test_an_attribute_of_some_alternatives_needs_labels():
    with pytest.raises(InputError) as error:
        phones(only_for={"screen": ["alfa"]})
    assert _keys(error) == ["only_for"]


def test_settings_that_change_what_is_learnt_need_a_new_specification():
    with pytest.raises(ValueError, match="new DesignSpecification"):
        phones().searched(interactions=(("brand", "price"),))


def test_part_worths_of_earlier_people_become_draws():
    from counterflow.domain.coding import UtilityCoding
    from counterflow.domain.part_worths import PartWorths

    attributes = example("national-car").attributes
    coding = UtilityCoding.of(attributes, has_outside=True)
    stream = np.random.default_rng(1)
    draws = stream.normal(size=(5, 40, len(coding.labels)))
    worths = PartWorths(
        draws=draws,
        coding=coding,
        respondent_ids=tuple(map(str, range(40))),
        weights=np.ones(40),
    )
    spec = DesignSpecification.of_programme(example("national-car"), prior=worths)
    assert spec.prior.draws.shape == (127, len(coding.labels))
    np.testing.assert_allclose(spec.prior.mean, draws.mean(axis=(0, 1)))
    pool = {tuple(row) for row in draws.reshape(-1, len(coding.labels)).tolist()}
    assert all(tuple(row) in pool for row in spec.prior.draws.tolist())


def test_part_worths_of_another_product_are_refused():
    from counterflow.domain.coding import LinearTerm, UtilityCoding
    from counterflow.domain.part_worths import PartWorths

    worths = PartWorths(
        draws=np.ones((2, 1, 1)),
        coding=UtilityCoding((LinearTerm("weight"),)),
        respondent_ids=("",),
        weights=np.ones(1),
    )
    with pytest.raises(InputError, match="unknown \\['weight'\\]"):
        phones(prior=worths)


def test_a_joint_normal_is_aligned_by_label():
    labels = phones().coding.labels
    cov = np.array([[0.04, 0.03], [0.03, 0.09]])
    prior = Prior.normal(labels, {"price": -1.0, "brand[beta]": 0.5}, cov, n_draws=1023)
    k = [labels.index("price"), labels.index("brand[beta]")]
    np.testing.assert_allclose(np.cov(prior.draws[:, k].T), cov, atol=0.004)
    assert (np.delete(prior.draws, k, axis=1) == 0).all()


def test_a_covariance_that_is_none_is_refused():
    with pytest.raises(InputError, match="negative eigenvalues"):
        Prior.normal(("a", "b"), {"a": 0.0, "b": 0.0}, np.array([[1.0, 2.0], [2.0, 1.0]]))
    with pytest.raises(InputError, match="2 x 2"):
        Prior.normal(("a", "b"), {"a": 0.0, "b": 0.0}, np.eye(3))


def test_a_sign_makes_a_prior_lognormal():
    prior = Prior.of(("price",), {"price": PriorBelief(mean=-1.0, sd=0.5)}, signs=["price"])
    assert (prior.draws < 0).all()
    assert prior.draws.mean() == pytest.approx(-1.0, abs=0.02)
