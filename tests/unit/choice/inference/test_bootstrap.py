"""The bootstrap: seeds, threads, failures, and its standard errors."""

import numpy as np
import pytest

from counterflow.choice.inference.bootstrap import bootstrap
from counterflow.domain.errors import NotIdentifiedError
from counterflow.runners.threads import ThreadRunner
from reference.conditional_logit import ConditionalLogit
from strategies.markets import car_choices

LABELS = ("price", "range", "fee")


@pytest.fixture(scope="module")
def data():
    return car_choices(80)


@pytest.fixture(scope="module")
def found(data):
    return bootstrap(ConditionalLogit(attributes=LABELS), data, n_replications=60, seed=2)


def test_its_standard_errors_are_about_those_of_the_sandwich(found):
    clustered = found.fitted.parameters.standard_errors("clustered")
    # With 60 refits a standard error is known to a share of 1 / sqrt(120), 9 %.
    np.testing.assert_allclose(found.standard_errors(), clustered, rtol=0.35)
    assert found.parameters.default == "bootstrap"
    np.testing.assert_array_equal(found.parameters.standard_errors(), found.standard_errors())
    low, high = found.intervals(0.9).T
    assert (low < found.fitted.parameters.values).all()
    assert (found.fitted.parameters.values < high).all()


def test_replications_do_not_depend_on_threads_or_on_their_number(data, found):
    told = []
    again = bootstrap(
        ConditionalLogit(attributes=LABELS),
        data,
        n_replications=10,
        seed=2,
        map_blocks=ThreadRunner(2).map,
        report=lambda share, words: told.append((share, words)),
    )
    assert again.replications.tobytes() == found.replications[:10].tobytes()
    assert told[-1] == (1.0, "replication 10 of 10")


def test_failures_are_kept_with_their_reason(data):
    found = bootstrap(_Fails(attributes=LABELS), data, n_replications=12, seed=2)
    assert len(found.replications) + len(found.failures) == 12
    assert {failure.reason.split(":")[0] for failure in found.failures} == {"NotIdentifiedError"}
    assert "failed: NotIdentifiedError" in found.summary()


def test_too_few_refits_are_an_error_that_says_why(data):
    with pytest.raises(ValueError, match="found 1 of 1"):
        bootstrap(ConditionalLogit(attributes=LABELS), data, n_replications=1)


def test_the_model_itself_remembers_nothing_of_it(data):
    model = ConditionalLogit(attributes=LABELS)
    bootstrap(model, data, n_replications=2)
    with pytest.raises(AttributeError, match="not fitted"):
        model.predict_proba(data)


class _Fails(ConditionalLogit):
    def fit(self, data, report=None, map_blocks=map):
        if data.respondent_ids[0] > "r4" and len(set(data.respondent_ids)) and self.start:
            raise NotIdentifiedError({"fee": 1.0})
        return super().fit(data)
