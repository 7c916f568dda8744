from __future__ import annotations

import pytest

from counterflow.cli.rival_costs import costs_of
from counterflow.domain.errors import InputError


def test_costs_are_read_by_name():
    assert costs_of(["hatch_a=71000", "hatch_b=5e4"]) == {"hatch_a": 71000.0, "hatch_b": 50000.0}


@pytest.mark.parametrize("wrong", ["hatch_a", "hatch_a=abc", "=5", "a=-5", "a=nan", "a=inf"])
def test_what_is_no_cost_of_a_rival_is_refused_with_what_was_typed(wrong):
    with pytest.raises(InputError, match=r"NAME=COST.*found") as error:
        costs_of([wrong, "hatch_b=50000"])
    assert [problem.where for problem in error.value.problems] == ["--rival-cost"]
    assert wrong in str(error.value)
