"""The definition: which offers are made, at which price, on which terms, of which parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from counterflow.domain.configuration import Configuration
from counterflow.domain.content_hash import content_hash
from counterflow.domain.errors import InputError, Problem

SCHEMA = "counterflow/definition/1"


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One joint configuration of an offer: its levels with the options that a buyer picked.

    Money in the programme's currency per vehicle; parts by name, in the part's unit.
    """

    configuration: Configuration
    price: float
    unit_cost: float
    parts: Mapping[str, float]
    seller_tax: float = 0.0
    """What the seller hands on of the price, on average over the regions of its buyers."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One offer of the line. `variants` are what its buyers can end up with, options included."""

    name: str
    configuration: Configuration
    """The levels that are fixed, options left out."""
    price: float
    """What the buyer pays on the day before options and subsidies."""
    contract: str | None
    terms: Mapping[str, float]
    """Terms of the contract by name and unit, empty without one."""
    contract_value: float
    """Present value of the contract's income, a vehicle."""
    variants: tuple[Variant, ...]


@dataclass(frozen=True)
class Interval:
    """A quantity that is not known exactly: mean and 5, 50 and 95 % quantiles over the draws."""

    mean: float
    low: float
    median: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return {"mean": self.mean, "q05": self.low, "q50": self.median, "q95": self.high}

    @classmethod
    def from_dict(cls, raw: Mapping[str, float]) -> Interval:
        """Return the interval that `as_dict` described."""
        return cls(mean=raw["mean"], low=raw["q05"], median=raw["q50"], high=raw["q95"])


@dataclass(frozen=True, kw_only=True)
class SampleGap:
    """How far a line may be from the best one for everybody, though samples were searched.

    `value` is what the line is worth on `n_samples` samples of other buyers, `bound` the mean of
    what no line is worth more than on them; with 95 % confidence the best line is worth at most
    `at_most` more than this one.
    """

    n_samples: int
    value: float
    bound: float
    at_most: float


@dataclass(frozen=True, kw_only=True)
class Definition:
    """The line that was chosen, what it is expected to earn, and how sure the search is.

    `status` is "optimal" where no other line earns more from the buyers searched, "local_optimum"
    where that is not proved; `bound` is a profit that no line of the candidates can exceed on
    these buyers, `gap` the distance of `search_value` to it, relative. `runners_up` are the best
    lines of other configurations. `notes` say in words what to beware of. `made_from` holds the
    hashes of all inputs.
    """

    programme: str
    currency: str
    offers: tuple[Offer, ...]
    status: Literal["optimal", "local_optimum"]
    method: str
    profit: Interval
    """Contribution of all periods and regions, after fixed costs, over all draws."""
    search_value: float
    """What the line was chosen for, on the buyers searched."""
    bound: float
    n_candidates: int
    n_configurations: int
    objective: str = "expected profit"
    """What the line was chosen for, in words."""
    choice_rule: Literal["logit", "first_choice"] = "logit"
    """How buyers choose: by it the line was searched and valued."""
    sample_gap: SampleGap | None = None
    """Where more samples than one were searched."""
    n_starts: int = 0
    """How often the local search was started; 0 if every line was tried."""
    n_starts_at_best: int = 0
    """How many of the starts led to the best line that any of them found."""
    runners_up: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()
    made_from: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.offers:
            raise ValueError("a definition needs an offer")
        names = [offer.name for offer in self.offers]
        if len(set(names)) < len(names):
            raise ValueError(f"offer names must be distinct, got {names}")

    @property
    def gap(self) -> float:
        """Return the relative distance to the best profit still possible."""
        return (self.bound - self.search_value) / max(abs(self.search_value), 1e-12)

    @property
    def version(self) -> str:
        """Return the content hash of offers and inputs, 64 hexadecimal digits."""
        return content_hash(self.as_dict(with_version=False))

    def as_dict(self, *, with_version: bool = True) -> dict[str, Any]:
        """Return the definition as JSON values."""
        body: dict[str, Any] = {
            "schema": SCHEMA,
            "programme": self.programme,
            "currency": self.currency,
            "offers": [_offer_as_dict(offer) for offer in self.offers],
            "search": {
                "status": self.status,
                "method": self.method,
                "objective": self.objective,
                "value": self.search_value,
                "bound": self.bound,
                "gap": self.gap,
                "n_candidates": self.n_candidates,
                "n_configurations": self.n_configurations,
                "n_starts": self.n_starts,
                "n_starts_at_best": self.n_starts_at_best,
                "choice_rule": self.choice_rule,
                "sample_gap": None if self.sample_gap is None else asdict(self.sample_gap),
                "runners_up": [dict(line) for line in self.runners_up],
            },
            "profit": self.profit.as_dict(),
            "notes": list(self.notes),
            "made_from": dict(self.made_from),
        }
        return {"version": content_hash(body), **body} if with_version else body

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Definition:
        """Return the definition that `as_dict` described.

        Raises
        ------
        InputError
            If `raw` is something else, or was changed after its version was written: what is
            built must be what was defined.
        """
        try:
            search = raw["search"]
            definition = cls(
                programme=raw["programme"],
                currency=raw["currency"],
                offers=tuple(_offer_from_dict(offer) for offer in raw["offers"]),
                status=search["status"],
                method=search["method"],
                profit=Interval.from_dict(raw["profit"]),
                objective=search["objective"],
                choice_rule=search["choice_rule"],
                sample_gap=SampleGap(**search["sample_gap"]) if search["sample_gap"] else None,
                search_value=search["value"],
                bound=search["bound"],
                n_candidates=search["n_candidates"],
                n_configurations=search["n_configurations"],
                n_starts=search["n_starts"],
                n_starts_at_best=search["n_starts_at_best"],
                runners_up=tuple(search["runners_up"]),
                notes=tuple(raw["notes"]),
                made_from=raw["made_from"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(f"{type(error).__name__}: {error}") from error
        if definition.as_dict() != dict(raw):
            raise _unreadable("one that was changed after its version was written")
        return definition


def _offer_as_dict(offer: Offer) -> dict[str, Any]:
    return {
        "name": offer.name,
        "levels": offer.configuration.as_dict(),
        "price": offer.price,
        "contract": offer.contract,
        "terms": dict(offer.terms),
        "contract_value": offer.contract_value,
        "variants": [
            {
                "levels": variant.configuration.as_dict(),
                "price": variant.price,
                "unit_cost": variant.unit_cost,
                "parts": dict(variant.parts),
                # Left out where there is none, so that most definitions need not speak of it.
                **({"seller_tax": variant.seller_tax} if variant.seller_tax else {}),
            }
            for variant in offer.variants
        ],
    }


def _offer_from_dict(raw: Mapping[str, Any]) -> Offer:
    return Offer(
        name=raw["name"],
        configuration=Configuration.of(raw["levels"]),
        price=raw["price"],
        contract=raw["contract"],
        terms=raw["terms"],
        contract_value=raw["contract_value"],
        variants=tuple(
            Variant(
                configuration=Configuration.of(variant["levels"]),
                price=variant["price"],
                unit_cost=variant["unit_cost"],
                parts=variant["parts"],
                seller_tax=variant.get("seller_tax", 0.0),
            )
            for variant in raw["variants"]
        ),
    )


def _unreadable(found: str) -> InputError:
    return InputError(
        [
            Problem(
                expected=f"a definition as Counterflow writes it ({SCHEMA})",
                found=found,
                advice="Run `counterflow define` again.",
            )
        ]
    )
