"""Pictures: each draws, and shows the figures that it was given."""

import altair as alt
import numpy as np
import pytest

from counterflow.choice.answers.predict import shares
from counterflow.choice.answers.responses import diversion_ratios, elasticities
from counterflow.choice.answers.worth import marginal_worth
from counterflow.choice.answers.worth_over_people import worth_over_people
from counterflow.choice.plots.chains import plot_ranks, plot_traces
from counterflow.choice.plots.intervals import plot_coefficients, plot_marginal_worth, plot_shares
from counterflow.choice.plots.people import plot_part_worths, plot_worth_over_people
from counterflow.choice.plots.tables import plot_responses
from counterflow.domain.coding import LinearTerm, UtilityCoding
from counterflow.domain.part_worths import PartWorths
from reference.conditional_logit import ConditionalLogit
from strategies.markets import car_choices

LABELS = ("range", "trim", "price")


@pytest.fixture(scope="module")
def charts():
    data = car_choices(40)
    fit = ConditionalLogit(attributes=("price", "range", "fee")).fit(data)
    random = np.random.default_rng(1)
    draws = random.normal(size=(20, 30, 3))
    people = PartWorths(
        draws=draws,
        coding=UtilityCoding(tuple(map(LinearTerm, LABELS))),
        respondent_ids=tuple(map(str, range(30))),
        weights=random.uniform(0.5, 2.0, 30),
    )
    chains = random.normal(size=(2, 700, 3))
    return {
        "coefficients": plot_coefficients(fit.parameters),
        "in standard errors": plot_coefficients(fit.parameters, in_standard_errors=True),
        "worth": plot_marginal_worth(marginal_worth(fit.parameters, "price")),
        "shares": plot_shares(shares(fit, data)),
        "elasticities": plot_responses(elasticities(fit, data, "price", n_draws=0)),
        "diversion": plot_responses(diversion_ratios(fit, data, "price", n_draws=0)),
        "part-worths": plot_part_worths(people),
        # Some people are not deterred by the price: quantiles without limit.
        "worth over people": plot_worth_over_people(worth_over_people(people, "price")),
        "traces": plot_traces(chains, LABELS),
        "ranks": plot_ranks(chains, LABELS),
    }


def _rows(chart):
    """Return all rows that a chart shows."""
    found = chart.to_dict()
    named = [row for rows in found.get("datasets", {}).values() for row in rows]

    def within(part):
        rows = part.get("data", {}).get("values", [])
        for below in (*part.get("layer", ()), *part.get("concat", ())):
            rows = rows + within(below)
        return rows

    return named + within(found)


def test_every_chart_draws_and_names_what_it_shows(charts, tmp_path):
    for name, chart in charts.items():
        path = tmp_path / "chart.svg"
        chart.save(path)
        drawn = path.read_text(encoding="utf-8")
        assert "city" in drawn or "range" in drawn, name


def test_charts_save_as_pictures_and_pages(charts, tmp_path):
    charts["shares"].save(tmp_path / "shares.png")
    charts["shares"].save(tmp_path / "shares.html")
    assert (tmp_path / "shares.png").read_bytes().startswith(b"\x89PNG")
    assert isinstance(charts["shares"], alt.LayerChart)


def test_traces_are_thinned_and_ranks_count_every_draw(charts):
    assert len(_rows(charts["traces"])) == 3 * 2 * 350
    assert sum(row.get("count", 0) for row in _rows(charts["ranks"])) == 3 * 2 * 700


def test_quantiles_without_limit_end_with_the_chart(charts):
    ends = [row["high"] for row in _rows(charts["worth over people"]) if "high" in row]
    assert np.isfinite(ends).all()


def test_the_diagonal_of_diversion_is_left_empty(charts):
    cells = [row for row in _rows(charts["diversion"]) if "text" in row]
    assert {(row["row"], row["column"]) for row in cells} & {("city", "city")} == set()
