"""Definitions where offers are too many to be listed."""

import pytest

from counterflow.definition.attributes.search import is_beyond_listing
from counterflow.definition.define import define_line
from counterflow.domain.definition import Definition
from counterflow.domain.errors import InputError
from strategies.many_attributes import many_attributes
from strategies.simulated_part_worths import simulated_part_worths

MANY = {"n_offers": 2, "n_buyers": 100}


def test_a_line_is_defined_from_more_offers_than_can_be_listed():
    bikes = many_attributes(14, **MANY)
    assert is_beyond_listing(bikes)
    part_worths = simulated_part_worths(bikes, n_draws=4, n_respondents=20)
    found = define_line(bikes, part_worths)
    assert 1 <= len(found.offers) <= 2
    assert found.n_configurations > 10**6
    assert found.bound >= found.search_value
    assert Definition.from_dict(found.as_dict()) == found


def test_other_objectives_say_what_they_need_to_list():
    risk = {"measure": "cvar", "level": 0.2, "n_scenarios": 5}
    bikes = many_attributes(14, objective="share", risk=risk, **MANY)
    part_worths = simulated_part_worths(bikes, n_draws=4, n_respondents=20)
    with pytest.raises(InputError, match="too many offers to list") as caught:
        define_line(bikes, part_worths)
    assert {problem.key for problem in caught.value.problems} == {
        "search.objective",
        "search.risk",
    }
