"""Every method keeps the rules; each also what it is chosen for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterflow.domain.configuration import Rule
from counterflow.domain.design_settings import DesignSettings
from counterflow.domain.errors import InputError
from counterflow.survey.design import search
from counterflow.survey.design.balance import level_balance, overlap_of
from counterflow.survey.design.balanced_tasks import balanced_codes
from counterflow.survey.design.check import check_design
from counterflow.survey.design.criteria import criteria_of
from counterflow.survey.design.make import make_design
from counterflow.survey.design.random_tasks import random_codes
from counterflow.survey.design.specification import DesignSpecification
from strategies.design_specifications import phones, specifications

SEARCHES = ["exchange", "annealing", "fedorov"]
HEURISTICS = ["random", "balanced_overlap", "minimal_overlap"]


@settings(max_examples=25)
@given(spec=specifications(), overlap=st.sampled_from([None, 0.0, 0.25]))
def test_designs_keep_the_rules_of_products_and_tasks(spec, overlap):
    codes = random_codes(spec) if overlap is None else balanced_codes(spec, overlap=overlap)
    check_design(spec.design(codes, {}), spec)
    assert codes.shape[:3] == (spec.settings.n_versions, spec.n_tasks, spec.n_alternatives)


@pytest.mark.parametrize("method", SEARCHES)
def test_searches_keep_the_rules_and_beat_chance(method):
    spec = phones(
        settings=DesignSettings(
            n_versions=3, seconds=5.0, criterion="d_prior", priors={"price": -0.002}
        )
    ).searched(method=method)
    found = make_design(spec, n_starts=2)
    check_design(found, spec)
    chance = make_design(spec.searched(method="random"))
    assert found.provenance["criteria"]["d_prior"] < chance.provenance["criteria"]["d_prior"]


@pytest.mark.parametrize("method", ["random", "minimal_overlap", "exchange"])
def test_the_same_seed_makes_the_same_design_and_another_another(method):
    spec = phones().searched(method=method, seconds=10.0)
    first = make_design(spec, n_starts=1)
    assert make_design(spec, n_starts=1).content_hash == first.content_hash
    assert make_design(spec.searched(seed=2), n_starts=1).content_hash != first.content_hash


def test_the_full_factorial_shows_every_product_equally_often():
    spec = phones(n_tasks=10, settings=DesignSettings(avoid_dominance=False)).searched(
        method="full", n_versions=2
    )
    design = make_design(spec)
    check_design(design, spec)
    _, counts = np.unique(design.codes.reshape(-1, 3), axis=0, return_counts=True)
    assert len(counts) == len(spec.products) == 20
    assert counts.sum() == 60
    assert counts.max() - counts.min() <= 1


def test_the_full_factorial_says_how_many_versions_it_needs():
    with pytest.raises(InputError, match="at least 2 versions, to show each of 20 products"):
        make_design(phones().searched(method="full", n_versions=1))


def test_overlap_grows_from_minimal_over_balanced_to_random():
    spec = DesignSpecification.of(
        {name: ["1", "2", "3", "4"] for name in "abcde"}, n_tasks=10, n_alternatives=3
    )
    found = {
        method: np.mean(
            list(overlap_of(make_design(spec.searched(method=method, n_versions=30))).values())
        )
        for method in ("minimal_overlap", "balanced_overlap", "random")
    }
    assert found["minimal_overlap"] == 0.0
    assert found["random"] == pytest.approx(0.34375, abs=0.02)  # (1/4 + 7/16) / 2
    assert 0.3 < found["balanced_overlap"] / found["random"] < 0.7


@pytest.mark.parametrize("method", ["minimal_overlap", "balanced_overlap"])
def test_levels_come_nearly_equally_often_in_every_version(method):
    spec = DesignSpecification.of(
        {"a": ["1", "2", "3"], "b": ["1", "2"], "c": [1, 2, 3, 4]}, n_tasks=8, n_alternatives=3
    )
    design = make_design(spec.searched(method=method, n_versions=20))
    for balance in level_balance(design):
        expected = 24 / len(balance.counts)
        assert expected - 2 <= balance.least_in_a_version
        assert balance.most_in_a_version <= expected + 2


def test_a_swap_shows_each_level_equally_often():
    spec = DesignSpecification.of(
        {"a": ["1", "2", "3"], "b": ["1", "2"], "c": ["1", "2", "3"]},
        n_tasks=6,
        n_alternatives=3,
        settings=DesignSettings(method="swap", n_versions=2, seconds=5.0, criterion="d_zero"),
    )
    for balance in level_balance(make_design(spec, n_starts=2)):
        assert balance.least_in_a_version == balance.most_in_a_version


@pytest.mark.parametrize("method", [*HEURISTICS, "exchange", "fedorov"])
def test_labelled_alternatives_stand_at_their_places_with_their_own_attributes(method):
    spec = DesignSpecification.of(
        {"mode": ["bus", "car"], "price": [1, 2, 3], "parking": ["free", "paid"]},
        n_tasks=4,
        only_for={"parking": ["car"]},
        settings=DesignSettings(
            method=method,
            labelled_by="mode",
            interactions=(("mode", "price"),),
            n_versions=3,
            seconds=5.0,
            criterion="d_zero",
        ),
    )
    design = make_design(spec, n_starts=1)
    check_design(design, spec)
    assert (design.codes[..., 0] == [0, 1]).all()
    assert set(design.task(0, 0)[0]) == {"mode", "price"}


NO_FIRST_OF_BOTH = Rule(when={"a": "1"}, excludes={"b": "1"}, reason="No.")


@pytest.mark.parametrize(
    ("method", "rules"),
    [
        *((method, [NO_FIRST_OF_BOTH]) for method in (*HEURISTICS, "exchange")),
        ("exchange", []),
        ("annealing", []),
    ],
)
def test_partial_profiles_show_the_asked_number_of_attributes(method, rules):
    spec = DesignSpecification.of(
        {name: ["1", "2", "3"] for name in "abcde"},
        n_tasks=8,
        n_alternatives=2,
        rules=rules,
        settings=DesignSettings(
            method=method, n_shown=2, n_versions=6, seconds=5.0, criterion="d_zero"
        ),
    )
    design = make_design(spec, n_starts=1)
    check_design(design, spec)
    assert ((design.codes[:, :, 0] >= 0).sum(axis=-1) == 2).all()
    assert ((design.codes >= 0) == (design.codes[:, :, :1] >= 0)).all()


def test_a_level_once_a_task_stands_once():
    spec = phones(settings=DesignSettings(once_a_task=("brand",), n_versions=20))
    for method in ("random", "minimal_overlap", "exchange"):
        codes = make_design(spec.searched(method=method, seconds=5.0), n_starts=1).codes
        assert (np.sort(codes[..., 0], axis=-1) == [0, 1, 2]).all()


def test_no_design_is_an_error_that_says_what_to_drop():
    ordered = DesignSpecification.of(
        {"price": [1, 2, 3]}, n_tasks=2, n_alternatives=2, signs={"price": "negative"}
    )
    for method in ("random", "minimal_overlap", "full", "exchange"):
        with pytest.raises(InputError, match="avoid_dominance"):
            make_design(ordered.searched(method=method, seconds=1.0), n_starts=1)


def test_too_few_tasks_for_the_coefficients_are_an_error():
    spec = DesignSpecification.of(
        {"a": list("12345"), "b": list("12345")},
        n_tasks=1,
        n_alternatives=2,
        settings=DesignSettings(n_versions=1, method="random"),
    )
    with pytest.raises(InputError, match="tell 9 coefficients apart"):
        make_design(spec)


def test_whole_products_are_not_exchanged_where_parts_are_shown():
    spec = phones(settings=DesignSettings(method="fedorov", n_shown=2))
    with pytest.raises(InputError, match=r'"fedorov".*partial profiles'):
        make_design(spec)


def test_a_sample_criterion_needs_a_prior():
    spec = phones(settings=DesignSettings(criterion="s"))
    with pytest.raises(InputError, match="a prior"):
        make_design(spec)


def test_none_counts_in_the_criterion():
    with_none, without = phones(), phones(outside_option=False)
    codes = make_design(with_none).codes
    assert with_none.coding.n_coefficients == without.coding.n_coefficients + 1
    assert criteria_of(with_none, codes)["d_zero"] != criteria_of(without, codes)["d_zero"]


@pytest.mark.parametrize("method", [*SEARCHES, "swap"])
def test_making_a_search_ready_takes_no_time_of_its_own(method, monkeypatch):
    """A rehearsal whose coefficients could not be told apart once ran for ten minutes."""
    rehearsed = []
    search_design = search.search_design
    monkeypatch.setattr(
        search, "search_design", lambda *a, **k: rehearsed.append(search_design(*a, **k))
    )
    search.compile_search(method)
    assert not rehearsed[0].was_stopped
    assert np.isfinite(rehearsed[0].error)
