"""Estimates carry what respondents said of themselves, to the stages that need it."""

import numpy as np
import pytest

from counterflow.definition.define import define_line
from counterflow.domain.distances import share_unanswered
from counterflow.domain.programme import Programme
from counterflow.programme.answers import obtain_answers
from counterflow.programme.chain import Chain
from counterflow.programme.estimate import estimate_part_worths
from strategies.rented_bikes import ASKED, QUESTION, rented_bike
from strategies.workspaces import ResultsInMemory, workspace_in_memory

MODELS = {
    "hb": {
        "model": "hb",
        "signs": {"price": "negative"},
        "n_chains": 2,
        "n_burn_in": 100,
        "n_sweeps": 100,
        "n_draws": 20,
    },
    "mnl": {"model": "mnl", "use_weights": False, "n_draws": 20},
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_what_people_answered_reaches_their_part_worths_by_name(model):
    document = rented_bike(question=ASKED).model_dump(mode="json")
    document["survey"]["simulated"]["n_respondents"] = 60
    bikes = Programme.model_validate({**document, "estimation": model})
    chain = Chain(workspace_in_memory(ResultsInMemory(), programme=bikes))
    answers = obtain_answers(chain).value()
    part_worths = estimate_part_worths(chain).value().part_worths
    np.testing.assert_array_equal(
        part_worths.own_numbers.of(answers.respondent_ids[::-1], QUESTION),
        answers.partly_known[QUESTION].values[::-1],
    )
    assert 0.1 < share_unanswered(part_worths, QUESTION) < 0.4
    assert define_line(bikes, part_worths).offers
