"""How to estimate, search, plan and draw: settings that change an answer are part of the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from counterflow.domain.line_rules import LineRule, OfferPattern, PriceEnding, PriceLadder
from counterflow.domain.mismatch import Mismatch
from counterflow.domain.section import Condition, Many, Money, Section, Text

Seed = Annotated[int, Field(ge=0, lt=2**63)]


class MultinomialEstimation(Section):
    """One set of part-worths for all: multinomial logit."""

    model: Literal["mnl"]
    """Multinomial logit."""
    use_weights: bool
    """Whether the likelihood uses the respondents' weights."""
    n_draws: Annotated[int, Field(ge=20, le=100_000)]
    """Draws from the estimator's distribution that are handed to the next stage."""


class HierarchicalEstimation(Section):
    """Part-worths for each respondent: hierarchical Bayes, normal over people."""

    model: Literal["hb"]
    """Hierarchical Bayes."""
    signs: dict[str, Literal["negative", "positive"]]
    """Coefficients whose sign is known beforehand, e.g. { price = "negative" }; may be empty."""
    n_chains: Annotated[int, Field(ge=2, le=64)]
    """Chains that start apart, so that their agreement shows convergence."""
    n_burn_in: Annotated[int, Field(ge=100, le=10_000_000)]
    """Sweeps of each chain that are thrown away."""
    n_sweeps: Annotated[int, Field(ge=100, le=10_000_000)]
    """Sweeps of each chain after burn-in."""
    n_draws: Annotated[int, Field(ge=20, le=100_000)]
    """Draws handed to the next stage, over all chains."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield more draws than the chains make."""
        made = self.n_chains * self.n_sweeps
        if self.n_draws > made:
            expected = f"at most {made}, the sweeps of all chains"
            yield Mismatch(("n_draws",), expected, str(self.n_draws))


Estimation = Annotated[MultinomialEstimation | HierarchicalEstimation, Field(discriminator="model")]
"""Which choice model, and how it is fitted."""


_MOST_PRICE_STEPS = 1_000


class PriceRange(Section):
    """Prices that the search may ask where `when` holds: from `least` to `most` in steps."""

    when: Condition = {}
    """The configurations that this range is for; all if absent."""
    least: Annotated[float, Field(gt=0)]
    """The lowest price; within what was asked about."""
    most: Annotated[float, Field(gt=0)]
    """The highest price; within what was asked about."""
    step: Annotated[float, Field(gt=0)]
    """Distance between prices that are tried."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield a range that holds no price, or too many."""
        steps = (self.most - self.least) / self.step
        if steps < 0:
            yield Mismatch((), "least <= most", f"least {self.least:g}, most {self.most:g}")
        if steps > _MOST_PRICE_STEPS:
            expected = f"at most {_MOST_PRICE_STEPS:,} steps from least to most"
            yield Mismatch(("step",), expected, f"{steps:,.0f}", "Widen the step.")

    @property
    def prices(self) -> tuple[float, ...]:
        """Return the prices, ascending.

        Examples
        --------
        >>> PriceRange(least=10.0, most=11.0, step=0.4).prices
        (10.0, 10.4, 10.8)
        """
        n = int((self.most - self.least) / self.step + 1e-9) + 1
        return tuple(round(self.least + i * self.step, 9) for i in range(n))


Quantity = Literal["profit", "contribution", "revenue", "share", "welfare"]
"""What a line can be chosen for."""


class TailRisk(Section):
    """Choose by the mean of the worst draws: conditional value at risk."""

    measure: Literal["cvar"]
    """Mean of the worst draws."""
    level: Annotated[float, Field(gt=0, le=1)]
    """Probability of the worst draws together."""
    n_scenarios: Annotated[int, Field(ge=2, le=1_000)]
    """Draws of part-worths and market that the search looks at."""


class BeatingRisk(Section):
    """Choose by the probability of more than a line that is known."""

    measure: Literal["beats"]
    """Probability of more than the reference has in the same draw."""
    reference: Text
    """The known line: a definition.json, a folder that holds one, or the beginning of a version
    that is kept."""
    n_scenarios: Annotated[int, Field(ge=2, le=1_000)]
    """Draws of part-worths and market that the search looks at."""


class WorstRisk(Section):
    """Choose by the least over several models, each of which may be right."""

    measure: Literal["worst"]
    """The least of what each model expects."""
    part_worths: Annotated[Many[Text], Field(min_length=1)]
    """Files of part-worths by other models of the same attributes, as `counterflow estimate` writes
    them, seen from the programme's folder; its own estimate is one of the models."""


Risk = Annotated[TailRisk | BeatingRisk | WorstRisk, Field(discriminator="measure")]
"""How draws of a quantity become one number."""


ChoiceRule = Literal["logit", "first_choice"]
"""How buyers choose: two of the rules of the simulator."""


class Search(Section):
    """Which line of offers to look for."""

    n_offers: Annotated[int, Field(ge=1, le=50)]
    """Most offers in the line; a smaller line is chosen where it earns more."""
    objective: Quantity
    """What the line is to make most of. `profit`: contribution after fixed costs. `share`: of all
    buyers in the category. `welfare`: what the choice is worth to buyers, in money."""
    choice_rule: ChoiceRule = "logit"
    """How buyers choose. `logit`: in proportion to the exponentials of utilities.
    `first_choice`: each takes the best, so that a line can be proved to be the best one."""
    risk: Risk | None = None
    """How draws of it become one number; their mean if absent."""
    prices: Annotated[Many[PriceRange], Field(min_length=1)]
    """Price ranges; the first whose `when` holds applies to a configuration."""
    keep: Condition = {}
    """What every offer must be, e.g. { brand = "ours" }."""
    must_offer: Many[OfferPattern] = ()
    """Offers of which the line must have one each."""
    never_offer: Many[OfferPattern] = ()
    """Offers that the line must not have."""
    line_rules: Many[LineRule] = ()
    """What the offers of a line ask of one another."""
    ladders: Many[PriceLadder] = ()
    """By how much prices of the line's offers must differ."""
    price_ending: PriceEnding | None = None
    """How every price ends; as in `prices` if absent."""
    budget: Money | None = None
    """Most that the line may cost whatever is sold: fixed costs and fixed fees of packages."""
    least_vehicles: Annotated[float, Field(gt=0)] | None = None
    """Fewest vehicles that the line is expected to sell, over all regions and periods."""
    most_vehicles: Annotated[float, Field(gt=0)] | None = None
    """Most vehicles that the line is expected to sell, over all regions and periods."""
    least_vehicles_per_offer: Annotated[float, Field(gt=0)] | None = None
    """Fewest vehicles that each offer of the line is expected to sell."""
    n_restarts: Annotated[int, Field(ge=1, le=10_000)]
    """Local searches from different lines; the best end counts."""
    n_buyers: Annotated[int, Field(ge=100, le=1_000_000)]
    """Respondent-draws that the search looks at; the line found is then valued on all draws."""
    exhaustive_up_to: Annotated[int, Field(ge=0, le=100_000_000)]
    """Try every line where there are no more than this many, else search locally."""
    time_limit_s: Annotated[float, Field(gt=0)] | None = None
    """Most seconds for the search, its bound in; without it the same file gives the same answer on
    any machine."""
    n_samples: Annotated[int, Field(ge=2, le=100)] | None = None
    """Samples of buyers that are searched as well, to tell how far a sample is from everybody."""

    def mismatches(self) -> Iterator[Mismatch]:
        """Yield limits that leave nothing between them, and ranges without a price that ends so."""
        least, most = self.least_vehicles, self.most_vehicles
        if least is not None and most is not None and least > most:
            expected = f"at most search.most_vehicles, {most:g}"
            yield Mismatch(("least_vehicles",), expected, f"{least:g}")
        if self.objective == "welfare" and self.risk is not None:
            yield Mismatch(("risk",), "no risk: welfare is a mean over draws", self.risk.measure)
        yield from self._unfit_for_rule()
        for i, asked in enumerate(self.prices):
            if not self.prices_in(asked):
                ending = self.price_ending
                assert ending is not None
                expected = f"a price that ends in {ending.ending:g} of {ending.every:g}"
                found = f"none from {asked.least:g} to {asked.most:g} in steps of {asked.step:g}"
                advice = 'Move the range, or say `grid = "round"` in search.price_ending.'
                yield Mismatch(("prices", i), expected, found, advice)

    def _unfit_for_rule(self) -> Iterator[Mismatch]:
        """Yield what is asked of first choices that needs logit."""
        if self.choice_rule == "first_choice":
            if self.objective == "welfare":
                expected = 'choice_rule = "logit", by which welfare is counted'
                yield Mismatch(("choice_rule",), expected, self.choice_rule)
            if self.risk is not None:
                expected = 'choice_rule = "logit", by which risks are searched'
                yield Mismatch(("choice_rule",), expected, self.choice_rule)

    def prices_in(self, asked: PriceRange) -> tuple[float, ...]:
        """Return the prices of a range that the search may ask, ascending."""
        return self.price_ending.of(asked.prices) if self.price_ending else asked.prices


class Production(Section):
    """What the plant can build."""

    takt_s: Annotated[float, Field(gt=0)]
    """Seconds of line time a vehicle."""
    line_hours_per_period: Annotated[float, Field(gt=0)]
    """Hours in which the line runs."""
    capacity_per_period: Annotated[float, Field(gt=0)] | None = None
    """Vehicles a period that other limits allow (suppliers, yard); line time alone if absent."""
    holding_cost_share_per_period: Annotated[float, Field(ge=0, le=1)]
    """Cost of a built vehicle that waits a period, as a share of its unit cost."""
    lost_share_per_period_waited: Annotated[float, Field(ge=0, le=1)]
    """Share of waiting orders that are cancelled in each period of waiting."""

    @property
    def vehicles_per_period(self) -> float:
        """Return how many vehicles can be built in a period.

        Examples
        --------
        >>> Production(
        ...     takt_s=60.0, line_hours_per_period=100.0,
        ...     holding_cost_share_per_period=0.0, lost_share_per_period_waited=0.0,
        ... ).vehicles_per_period
        6000.0
        """
        by_line_time = self.line_hours_per_period * 3600.0 / self.takt_s
        return min(by_line_time, self.capacity_per_period or by_line_time)


class Seeds(Section):
    """Where each stage's random numbers start; the same seeds give the same bytes."""

    simulation: Seed
    """Of simulated respondents."""
    estimation: Seed
    """Of the estimator's draws."""
    search: Seed
    """Of the search's starts and of the buyers it looks at."""
    demand: Seed
    """Of market size, awareness and availability."""
