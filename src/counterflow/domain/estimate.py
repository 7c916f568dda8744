"""What estimation found: part-worths, how well they fit, and whether to trust the fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from counterflow.domain.definition import Interval
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.willingness_to_pay import WillingnessToPay


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """One coefficient of utility: its value for people on average, and how sure that is.

    `sd_over_people` is the spread between people, zero where the model has one set for all.
    """

    label: str
    mean: float
    low: float
    """5 % quantile of the estimate."""
    high: float
    """95 % quantile of the estimate."""
    sd_over_people: float


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What the answers are, in numbers."""

    n_respondents: int
    n_tasks: int
    n_alternatives: int
    """Alternatives shown, over all tasks."""
    share_outside: float | None
    """Share of tasks in which none of the products was chosen; None if that was not offered."""
    is_simulated: bool
    source: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Estimate:
    """The fitted choice model with everything that later stages and the report take from it.

    `log_likelihood` is that of the model named; for "hb" the posterior mean over kept draws.
    `multinomial_log_likelihood` is the multinomial logit's on the same data and coding.
    """

    model: Literal["mnl", "hb"]
    status: str
    """"converged", or in a few words what is wrong."""
    answers: Answers
    log_likelihood: float
    null_log_likelihood: float
    multinomial_log_likelihood: float
    convergence: Mapping[str, float]
    """What the status rests on, by name: gradient norm, or worst R-hat and effective sample."""
    coefficients: tuple[Coefficient, ...]
    willingness_to_pay: tuple[WillingnessToPay, ...]
    part_worths: PartWorths
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_converged(self) -> bool:
        """Return whether the fit can be trusted numerically."""
        return self.status == "converged"

    @property
    def rho_squared(self) -> float:
        """Return McFadden's 1 - L / L0 against equal shares."""
        return 1.0 - self.log_likelihood / self.null_log_likelihood

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], part_worths: PartWorths) -> Estimate:
        """Return the estimate that `as_dict` described, with its draws."""
        fields = ("model", "status", "log_likelihood", "null_log_likelihood")
        return cls(
            **{name: raw[name] for name in fields},
            multinomial_log_likelihood=raw["multinomial_log_likelihood"],
            answers=Answers(**raw["answers"]),
            convergence=raw["convergence"],
            coefficients=tuple(Coefficient(**entry) for entry in raw["coefficients"]),
            willingness_to_pay=tuple(
                WillingnessToPay(
                    attribute=entry["attribute"],
                    level=entry["level"],
                    versus=entry["versus"],
                    amount=Interval(entry["mean"], entry["q05"], entry["q50"], entry["q95"]),
                    share_positive=entry["share_positive"],
                )
                for entry in raw["willingness_to_pay"]
            ),
            part_worths=part_worths,
            settings=raw["settings"],
        )

    def as_dict(self) -> dict[str, Any]:
        """Return all but the draws as JSON values."""
        return {
            "schema": "counterflow/estimate/1",
            "model": self.model,
            "status": self.status,
            "answers": asdict(self.answers),
            "log_likelihood": self.log_likelihood,
            "null_log_likelihood": self.null_log_likelihood,
            "multinomial_log_likelihood": self.multinomial_log_likelihood,
            "rho_squared": self.rho_squared,
            "convergence": dict(self.convergence),
            "coefficients": [asdict(coefficient) for coefficient in self.coefficients],
            "willingness_to_pay": [
                {
                    "attribute": wtp.attribute,
                    "level": wtp.level,
                    "versus": wtp.versus,
                    **wtp.amount.as_dict(),
                    "share_positive": wtp.share_positive,
                }
                for wtp in self.willingness_to_pay
            ],
            "settings": dict(self.settings),
        }
