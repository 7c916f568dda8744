"""The design is a step of the chain, and its sample size is found by simulation."""

import pytest

from counterflow.domain.design_settings import DesignSettings
from counterflow.domain.errors import InputError
from counterflow.domain.programme import Programme
from counterflow.programme.chain import Chain
from counterflow.programme.design import design_of_interviews, design_tasks
from counterflow.programme.sample_size import sample_size
from counterflow.survey.design.check import check_design
from counterflow.survey.design.make import make_design
from strategies.cargo_bike import cargo_bike
from strategies.design_specifications import phones
from strategies.workspaces import ResultsInMemory, workspace_in_memory


def _bike(**design) -> Programme:
    raw = cargo_bike()
    raw["survey"]["design"] = {"method": "balanced_overlap", "n_versions": 3, **design}
    return Programme.model_validate(raw)


def test_a_design_is_kept_until_what_it_was_made_from_changes():
    results = ResultsInMemory()

    def step(programme, **asked):
        chain = Chain(workspace_in_memory(results, programme=programme))
        return design_tasks(chain, **asked).step

    assert not step(_bike()).kept
    assert step(_bike()).kept
    titled = _bike()
    other = titled.model_copy(
        update={"programme": titled.programme.model_copy(update={"title": "Another"})}
    )
    assert step(other).kept
    assert not step(_bike(), n_versions=4).kept
    assert not step(_bike(seed=2)).kept


def test_an_adaptive_questionnaire_waits_for_no_search():
    def interviewed(adaptive):
        raw = cargo_bike()
        raw["survey"]["design"] = {"n_versions": 3, "seconds": 0.5, "criterion": "d_zero"}
        raw["survey"]["questionnaire"] = {
            **{"n_tasks": 6, "n_alternatives": 2, "adaptive": adaptive},
            "consent": {"version": "1", "controller": "Someone, someone@example.com"},
        }
        programme = Programme.model_validate(raw)
        chain = Chain(workspace_in_memory(ResultsInMemory(), programme=programme))
        return design_of_interviews(chain)

    searched, random = interviewed(False), interviewed(True)
    assert searched.provenance["method"] == "exchange"
    assert random.provenance["method"] == "random"
    assert random.codes.shape == searched.codes.shape
    assert random.content_hash == interviewed(True).content_hash


def test_a_programmes_design_keeps_its_rules_and_says_what_it_can_tell():
    chain = Chain(workspace_in_memory(ResultsInMemory(), programme=_bike()))
    designed = design_tasks(chain)
    check_design(designed.step.value(), designed.specification)
    found = designed.diagnostics(400)
    assert found.n_respondents == 400
    assert [p.label for p in found.precision][-1] == "outside"


def test_a_sample_size_is_found_and_not_far_from_what_information_promises():
    spec = phones(
        settings=DesignSettings(
            method="balanced_overlap", n_versions=6, priors={"price": -0.003, "outside": -1.0}
        )
    )
    design = make_design(spec)
    found = sample_size(
        design, spec, standard_errors={"brand[beta]": 0.15}, n_replications=30, people_differ=False
    )
    assert found.status == "found"
    assert found.trials[-1].standard_errors["brand[beta]"] <= 0.15
    # A standard error of 30 replications is itself uncertain by 13 %.
    assert 0.5 < found.n_respondents / found.by_information < 2.0
    again = sample_size(
        design, spec, standard_errors={"brand[beta]": 0.15}, n_replications=30, people_differ=False
    )
    assert again == found


def test_a_precision_out_of_reach_is_a_result():
    spec = phones()
    found = sample_size(
        make_design(spec), spec, standard_errors={"price": 1e-9}, most_respondents=1000
    )
    assert found.status == "not reached"
    assert found.trials == ()


def test_wrong_wishes_are_listed():
    spec = phones()
    with pytest.raises(InputError) as error:
        sample_size(make_design(spec), spec, standard_errors={"prise": 0.1, "price": 0.0})
    assert [p.key for p in error.value.problems] == ["standard_errors", "standard_errors.price"]
