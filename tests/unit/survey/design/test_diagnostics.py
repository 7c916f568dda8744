"""Diagnostics say what can be counted by hand, and standard errors what refits show."""

import json
import math

import numpy as np
import pytest

from counterflow.choice.multinomial_logit import MultinomialLogit
from counterflow.domain.choice_design import ChoiceDesign
from counterflow.domain.design_settings import DesignSettings
from counterflow.domain.errors import InputError
from counterflow.survey.design.check import check_design
from counterflow.survey.design.criteria import criteria_of
from counterflow.survey.design.diagnostics import diagnose
from counterflow.survey.design.make import make_design
from counterflow.survey.design.precision import expected_precision, respondents_for
from counterflow.survey.design.simulated_choices import simulated_choices, utility_of_columns
from counterflow.survey.design.specification import DesignSpecification
from strategies.design_specifications import phones


def _design(spec: DesignSpecification, codes: list) -> ChoiceDesign:
    return spec.design(np.array(codes, dtype=np.int16), {})


def _two_by_two(**changed) -> DesignSpecification:
    asked = {"n_tasks": 2, "n_alternatives": 2, "outside_option": False, **changed}
    return DesignSpecification.of({"a": ["x", "y"], "b": ["u", "v"]}, **asked)


def test_counts_overlap_and_repeats_are_those_of_a_design_counted_by_hand():
    spec = _two_by_two()
    design = _design(spec, [[[[0, 0], [1, 0]], [[1, 0], [0, 0]]], [[[0, 1], [0, 1]], [[1, 1]] * 2]])
    found = diagnose(design, spec)
    assert found.balance[0].counts == {"x": 4, "y": 4}
    assert (found.balance[1].least_in_a_version, found.balance[1].most_in_a_version) == (0, 4)
    assert found.pairs["a"]["b"] == [[2, 2], [2, 2]]
    assert found.overlap == {"a": 0.5, "b": 1.0}
    assert found.n_repeated_products == 2
    assert found.n_repeated_tasks == 1


def test_a_dominated_product_is_counted_by_signs_and_by_what_the_prior_is_sure_of():
    spec = DesignSpecification.of(
        {"trim": ["base", "plus"], "price": [1, 2]},
        n_tasks=3,
        n_alternatives=2,
        signs={"price": "negative"},
        settings=DesignSettings(priors={"trim[plus]": 1.0}),
    )
    cheaper, better, both = [[0, 0], [0, 1]], [[0, 0], [1, 0]], [[0, 0], [1, 1]]
    assert diagnose(_design(spec, [[cheaper, better, both]]), spec).n_dominated == 2
    unsure = DesignSpecification.of(
        {"trim": ["base", "plus"], "price": [1, 2]},
        n_tasks=3,
        n_alternatives=2,
        settings=DesignSettings(priors={"trim[plus]": {"mean": 1.0, "sd": 1.0}}),
    )
    assert diagnose(_design(unsure, [[cheaper, better, both]]), unsure).n_dominated == 0


def test_the_d_error_of_the_worked_example_is_the_published_one():
    """cbcTools, unit tests of its D-error: 2 x 2 x 2, three sets of two."""
    spec = DesignSpecification.of(
        {name: ["no", "yes"] for name in "abc"},
        n_tasks=3,
        n_alternatives=2,
        outside_option=False,
        settings=DesignSettings(
            priors={"a[yes]": 0.5, "b[yes]": -0.5, "c[yes]": 0.8}, avoid_dominance=False
        ),
    )
    best = make_design(spec.searched(criterion="d_zero", n_versions=1, seconds=60.0), n_starts=5)
    # Three differences that are +-1 each: the best determinant is that of a 3 x 3 sign matrix.
    assert criteria_of(spec, best.codes)["d_zero"] == pytest.approx(4 / 4 ** (2 / 3), rel=1e-9)


def test_efficiency_is_relative_to_the_best_that_is_known():
    spec = phones()
    found = diagnose(make_design(spec), spec, best_known={"d_zero": 0.1})
    assert found.efficiency == {"d_zero": 0.1 / found.criteria["d_zero"]}


def test_what_is_infinite_is_none_in_json():
    spec = _two_by_two(n_tasks=1)
    found = diagnose(_design(spec, [[[[0, 0], [1, 0]]]]), spec).as_dict()
    assert found["criteria"]["d_zero"] is None
    assert found["precision"][0]["standard_error"] is None
    json.dumps(found, allow_nan=False)


def test_an_expected_standard_error_is_that_of_a_fit_to_simulated_people():
    spec = phones(
        settings=DesignSettings(
            method="balanced_overlap",
            n_versions=10,
            priors={"brand[beta]": 0.6, "screen[folding]": 0.4, "price": -0.003, "outside": -1.0},
        )
    )
    design = make_design(spec)
    people = np.tile(spec.prior.mean, (2000, 1))
    fit = MultinomialLogit(utility_of_columns(spec)).fit(
        simulated_choices(design, spec, people, seed=3)
    )
    expected = np.array([p.standard_error for p in expected_precision(spec, design.codes, 2000)])
    np.testing.assert_allclose(fit.standard_errors("classical"), expected, rtol=0.05)
    assert (np.abs(fit.coefficients - spec.prior.mean) < 4 * expected).all()


def test_four_times_the_respondents_halve_the_standard_error():
    spec = phones()
    codes = make_design(spec).codes
    few, many = expected_precision(spec, codes, 100), expected_precision(spec, codes, 400)
    for one, other in zip(few, many, strict=True):
        assert one.standard_error == pytest.approx(2 * other.standard_error)
    n = respondents_for(spec, codes, {"price": few[3].standard_error})
    assert n == 100
    assert not math.isinf(few[3].standard_error)


def test_a_design_of_other_levels_is_refused():
    spec, other = phones(), _two_by_two()
    with pytest.raises(InputError) as error:
        diagnose(make_design(spec), other)
    assert {p.expected for p in error.value.problems} == {
        f"{name} in both" for name in ("a", "b", "brand", "screen", "price")
    }


def test_a_check_lists_every_task_that_breaks_a_rule():
    spec = phones(n_tasks=3, settings=DesignSettings(n_versions=1))
    codes = [
        [
            [[2, 1, 0], [0, 0, 1], [1, 0, 2]],  # gamma does not fold
            [[0, 0, 0], [0, 0, 0], [1, 0, 2]],  # the first comes twice
            [[0, 0, 0], [0, 0, 1], [1, 0, 2]],  # the first is the cheaper of two alike
        ]
    ]
    with pytest.raises(InputError) as error:
        check_design(_design(spec, codes), spec)
    assert [p.key for p in error.value.problems] == [
        "version 1, task 1",
        "version 1, task 2",
        "version 1, task 3",
    ]
    assert "brand=gamma, screen=folding, price=300" in str(error.value)


def test_a_check_compares_the_shape():
    spec = phones()
    design = make_design(spec)
    with pytest.raises(InputError, match=r"expected 7 tasks a version, found 6"):
        check_design(design, phones(n_tasks=7))
    with pytest.raises(InputError, match="no outside option"):
        check_design(design, phones(outside_option=False))
