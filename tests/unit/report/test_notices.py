"""A bad status is never hidden."""

from dataclasses import replace
from functools import cache

import pytest

from counterflow.domain.definition import Definition, Interval
from counterflow.domain.findings import Findings
from counterflow.report.names import Names
from counterflow.report.notices import notices
from strategies.findings import national_car_findings, small_findings


@cache
def car() -> Findings:
    return national_car_findings()


def said(findings: Findings) -> str:
    """Return everything that the notices say."""
    every = notices(findings, Names(findings.programme))
    return " ".join(f"{notice.title}. {notice.text}" for notice in every).replace("\xa0", " ")


def with_definition(**changes) -> Findings:
    return replace(car(), definition=replace(car().definition, **changes))


def with_price(price: float) -> Findings:
    first, *others = car().definition.offers
    return with_definition(offers=(replace(first, price=price), *others))


def test_a_clean_run_calls_for_no_notice():
    assert said(small_findings()) == ""


def test_an_estimation_that_did_not_converge_is_said_with_its_status():
    status = "worst R-hat 1.31 after 4,000 sweeps"
    text = said(replace(car(), estimate=replace(car().estimate, status=status)))
    assert "did not converge" in text
    assert status in text


def test_a_local_optimum_is_said_with_its_distance_to_the_bound():
    definition: Definition = car().definition
    text = said(with_definition(bound=1.25 * definition.search_value))
    assert "local search" in text
    assert "25 %" in text


def test_a_local_optimum_without_a_bound_is_said_so():
    assert "no bound" in said(with_definition(bound=float("inf")))


@pytest.mark.parametrize(("price", "end"), [(39900.0, "lowest"), (89900.0, "highest")])
def test_a_price_at_the_end_of_its_range_is_said(price, end):
    assert f"The price of Offer 1 is the {end} that was allowed" in said(with_price(price))


def test_a_price_inside_its_range_is_not():
    assert "The price of Offer 1" not in said(with_price(49900.0))


def test_a_build_plan_that_ran_out_of_time_is_said_with_its_gap():
    plan = replace(car().production, status="time_limit", gap=0.034)
    assert "distance to the best plan is at most 3.4 %" in said(replace(car(), production=plan))


def test_a_build_plan_that_ran_out_of_time_without_a_bound_is_said_so():
    plan = replace(car().production, status="time_limit", gap=float("inf"))
    text = said(replace(car(), production=plan))
    assert "ran out of time" in text
    assert "unknown" in text


def test_a_plan_that_does_not_exist_is_said():
    plan = replace(car().production, status="infeasible")
    assert "There is no build plan" in said(replace(car(), production=plan))


def test_much_demand_that_is_never_served_is_said():
    plan = car().production
    short = replace(plan, expected_sales=0.5 * plan.expected_sales.copy())
    unserved = replace(short, expected_unserved=plan.expected_sales.sum(axis=1) * 0.5)
    assert "fall short of what is wanted" in said(replace(car(), production=unserved))


def test_a_line_that_may_lose_money_is_said():
    text = said(with_definition(profit=Interval(9e6, -3e6, 8e6, 2e7)))
    assert "may lose money" in text
    assert "is −3 to 20 million CNY" in text
