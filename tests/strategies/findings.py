"""Findings to report on: synthetic but plausible, made without running any stage."""

import tomllib
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from counterflow.domain.coding import OUTSIDE, UtilityCoding
from counterflow.domain.configuration import Configuration
from counterflow.domain.definition import Definition, Interval, Offer, Variant
from counterflow.domain.estimate import Answers, Coefficient, Estimate
from counterflow.domain.findings import Findings, Provenance, ShareShift
from counterflow.domain.part_worths import PartWorths
from counterflow.domain.production_plan import Commitment, ProductionPlan
from counterflow.domain.programme import Programme
from counterflow.domain.volumes import VolumeDraws, interval
from counterflow.domain.willingness_to_pay import WillingnessToPay

EXAMPLES = Path(__file__).parents[2] / "examples"
N_DRAWS = 200


def national_car_findings() -> Findings:
    """Return findings on the national car: three offers, rivals, contracts, regions, periods."""
    with (EXAMPLES / "national-car" / "programme.toml").open("rb") as file:
        programme = Programme.model_validate(tomllib.load(file))
    lines = [
        ({"trim": "comfort", "driving_aid": "basic", "range": "400"}, "rent_3000", 49900.0),
        ({"trim": "plus", "driving_aid": "highway", "range": "500"}, "rent_3000", 61900.0),
        ({"trim": "premium", "driving_aid": "city", "range": "600"}, "bought", 119900.0),
    ]
    offers = tuple(
        _offer(programme, f"offer_{i + 1}", {**levels, "battery": battery}, price)
        for i, (levels, battery, price) in enumerate(lines)
    )
    wtp = [
        ("trim", "plus", "comfort", 8137.0, 540.0, 0.87),
        ("trim", "premium", "comfort", 13410.0, 820.0, 0.89),
        ("driving_aid", "highway", "basic", 9020.0, 610.0, 0.84),
        ("driving_aid", "city", "basic", 15330.0, 900.0, 0.86),
        ("range", "500", "400", 14620.0, 700.0, 0.99),
        ("range", "600", "400", 26570.0, 1290.0, 0.99),
        ("colour", "silver", "white", -1800.0, 450.0, 0.37),
        ("colour", "blue", "white", 930.0, 510.0, 0.53),
        ("colour", "pink", "white", -7120.0, 690.0, 0.36),
        ("colour", "black", "white", 60.0, 480.0, 0.50),
        ("battery", "rent_3000", "bought", -24310.0, 1040.0, 0.07),
        ("battery", "rent_free", "bought", -31700.0, 1280.0, 0.04),
    ]
    return _findings(
        programme,
        offers,
        wtp=wtp,
        offer_shares=(0.071, 0.118, 0.052),
        rival_shares=(0.11, 0.19, 0.07),
        convergence={"worst_r_hat": 1.0082, "least_bulk_effective_sample": 431.0},
    )


def small_findings() -> Findings:
    """Return findings with nothing optional: one offer, region and period; long Chinese labels."""
    programme = Programme.model_validate(SMALL_PROGRAMME)
    levels = {"body": "long", "load": "120"}
    offers = (_offer(programme, "offer_1", levels, 18800.0),)
    wtp = [
        ("body", "long", "short", 2210.0, 380.0, 1.0),
        ("load", "180", "120", 1140.0, 700.0, 1.0),
    ]
    return _findings(
        programme,
        offers,
        wtp=wtp,
        offer_shares=(0.31,),
        rival_shares=(),
        convergence={"gradient_norm": 3.1e-9},
    )


SMALL_PROGRAMME: dict[str, Any] = {
    "format": 1,
    "programme": {
        "name": "cargo-bike",
        "title": "城市载货电动自行车：面向社区配送与家庭出行的第一代产品规划",
        "description": "一家本地制造商为社区配送和家庭出行规划一款载货电动自行车。",
        "currency": "CNY",
    },
    "attributes": {
        "body": {
            "label": "车身形式与货箱布置",
            "kind": "feature",
            "coding": "categorical",
            "levels": [
                {"name": "short", "label": "短轴距：前置货篮，适合地铁换乘与老旧小区电梯"},
                {
                    "name": "long",
                    "label": "长轴距：可拆卸保温货箱、双侧踏板与儿童座椅接口，适合生鲜配送",
                },
            ],
        },
        "load": {
            "label": "Permitted load including rider, luggage and any child seats at the rear",
            "kind": "feature",
            "coding": "linear",
            "unit": "kg",
            "levels": [120, 180],
        },
        "price": {
            "label": "价格",
            "kind": "price",
            "coding": "linear",
            "unit": "CNY",
            "levels": [9800, 18800, 22800],
        },
    },
    "parts": {
        "frame": {
            "label": "车架",
            "unit": "piece",
            "unit_cost": 2100,
            "lead_time_weeks": 3,
            "long_lead": False,
            "salvage_share": 0.5,
            "used_in": [{"quantity": 1}],
        },
    },
    "costs": {
        "base_per_vehicle": 6400,
        "fixed_per_offer": 300_000,
        "levels": {"body": {"short": 0, "long": 900}, "load": {"120": 0, "180": 350}},
    },
    "market": {
        "periods": ["2026"],
        "weeks_per_period": 52,
        "regions": {"city": {"label": "本市", "buyers_per_period": 8000, "relative_sd": 0.2}},
        "awareness": 0.3,
        "availability": 1.0,
        "outside_option": {"kind": "estimated"},
    },
    "survey": {
        "title": "Which bike would you take?",
        "answers": {
            "path": "answers.csv",
            "source": "Customers of 12 shops, asked in March 2026.",
            "respondent": "id",
            "task": "task",
            "alternative": "alt",
            "outside_alternative": "none",
            "chosen": "chosen",
            "attributes": {"body": "body", "load": "load", "price": "price"},
        },
    },
    "estimation": {"model": "mnl", "use_weights": False, "n_draws": 100},
    "search": {
        "n_offers": 1,
        "objective": "profit",
        "prices": [{"least": 9800, "most": 22800, "step": 1000}],
        "n_restarts": 1,
        "n_buyers": 100,
        "exhaustive_up_to": 1000,
    },
    "production": {
        "takt_s": 600,
        "line_hours_per_period": 1800,
        "holding_cost_share_per_period": 0.05,
        "lost_share_per_period_waited": 0.2,
    },
    "seeds": {"simulation": 1, "estimation": 2, "search": 3, "demand": 4},
}


def _findings(
    programme: Programme,
    offers: tuple[Offer, ...],
    *,
    wtp: Sequence[tuple[str, str, str, float, float, float]],
    offer_shares: Sequence[float],
    rival_shares: Sequence[float],
    convergence: dict[str, float],
) -> Findings:
    draws = np.random.Generator(np.random.Philox(7))
    rivals = tuple(programme.market.competitors)
    shares = _shares(offers, rivals, offer_shares, rival_shares, draws)
    volumes = _volumes(programme, offers, shares, draws)
    definition = _definition(programme, offers, volumes)
    return Findings(
        programme=programme,
        estimate=_estimate(programme, wtp, convergence, draws),
        definition=definition,
        volumes=volumes,
        shifts=_shifts(shares, len(offers)),
        drivers={"market size": 0.17, "awareness": 0.53, "availability": 0.12, "preferences": 0.14}
        if len(offers) > 1
        else {"market size": 0.98},
        production=_production(programme, offers, volumes),
        provenance=Provenance(
            software="0.1.0+3f2a91c07be4",
            generated_at="2025-10-16T09:30:00+00:00",
            hashes={"answers": "5d" * 32, "part-worths": "a3" * 32},
            versions={"numpy": "2.3.3", "highspy": "1.11.0"},
        ),
    )


def _offer(programme: Programme, name: str, levels: dict[str, str], price: float) -> Offer:
    options = {n: a for n, a in programme.attributes.items() if a.kind == "option"}
    order = list(programme.configurable)
    variants = []
    for picked in product(*(a.level_names for a in options.values())):
        chosen = dict(zip(options, picked, strict=True))
        joint = Configuration.of({n: {**levels, **chosen}[n] for n in order})
        extra = sum(options[n].option_price.get(level, 0.0) for n, level in chosen.items())
        parts = {n: part.quantity_in(joint) for n, part in programme.parts.items()}
        variants.append(
            Variant(
                configuration=joint,
                price=price + extra,
                unit_cost=_unit_cost(programme, joint, parts),
                parts={n: q for n, q in parts.items() if q},
            )
        )
    contract = next((n for n, c in programme.contracts.items() if joint.meets(c.when)), None)
    terms = programme.contracts[contract] if contract else None
    return Offer(
        name=name,
        configuration=joint.only(levels),
        price=price,
        contract=contract,
        terms=terms.model_dump(exclude={"label", "when"}, exclude_none=True) if terms else {},
        contract_value=terms.present_value if terms else 0.0,
        variants=tuple(variants),
    )


def _unit_cost(programme: Programme, joint: Configuration, parts: dict[str, float]) -> float:
    costs = programme.costs
    return (
        costs.base_per_vehicle
        + sum(by_level[joint[name]] for name, by_level in costs.levels.items())
        + sum(q * programme.parts[n].unit_cost for n, q in parts.items())
        + sum(p.fee_per_vehicle for p in costs.packages.values() if joint.meets(p.when))
    )


def _shares(
    offers: tuple[Offer, ...],
    rivals: tuple[str, ...],
    offer_shares: Sequence[float],
    rival_shares: Sequence[float],
    draws: np.random.Generator,
) -> dict[str, np.ndarray]:
    outside = 1.0 - sum(offer_shares) - sum(rival_shares)
    mean = np.array([*offer_shares, *rival_shares, outside])
    drawn = mean * np.exp(0.09 * draws.standard_normal((N_DRAWS, len(mean))))
    drawn /= drawn.sum(axis=1, keepdims=True)
    names = (*(offer.name for offer in offers), *rivals, OUTSIDE)
    return {name: drawn[:, i] for i, name in enumerate(names)}


def _shifts(shares: dict[str, np.ndarray], n_offers: int) -> dict[str, ShareShift]:
    names = list(shares)[n_offers:]
    others = sum(shares[name] for name in names)
    return {
        name: ShareShift(before=interval(shares[name] / others), after=interval(shares[name]))
        for name in names
    }


def _volumes(
    programme: Programme,
    offers: tuple[Offer, ...],
    shares: dict[str, np.ndarray],
    draws: np.random.Generator,
) -> VolumeDraws:
    market = programme.market
    n_periods = len(market.periods)

    def share(of: Any) -> np.ndarray:
        if of.low == of.high:
            return np.full(N_DRAWS, of.mode)
        return draws.triangular(of.low, of.mode, of.high, N_DRAWS)

    aware, available = share(market.awareness), share(market.availability)
    build_up = np.array(market.awareness_build_up or (1.0,) * n_periods)
    buyers = np.array([region.buyers(n_periods) for region in market.regions.values()])
    sd = np.array([region.relative_sd for region in market.regions.values()])
    size = np.exp(sd * draws.standard_normal((N_DRAWS, len(sd))))
    variants = [(offer, variant) for offer in offers for variant in offer.variants]
    picks = np.array([1.0 / (1 + i % len(offer.variants)) for i, (offer, _) in enumerate(variants)])
    taken = np.column_stack([shares[offer.name] for offer, _ in variants])
    for offer in offers:
        mine = np.array([o is offer for o, _ in variants])
        taken[:, mine] *= picks[mine] / picks[mine].sum()
    reach = (aware * available)[:, None] * build_up
    return VolumeDraws(
        draws=np.einsum("sv,sm,mq,sq->svmq", taken, size, buyers, reach),
        variants=tuple(str(variant.configuration) for _, variant in variants),
        offer_of_variant=tuple(offer.name for offer, _ in variants),
        regions=tuple(market.regions),
        periods=market.periods,
        shares=shares,
        drivers={
            "market size": size.mean(axis=1),
            "awareness": aware,
            "availability": available,
            "preferences": taken.sum(axis=1),
        },
    )


def _definition(
    programme: Programme, offers: tuple[Offer, ...], volumes: VolumeDraws
) -> Definition:
    margin = np.array(
        [v.price + offer.contract_value - v.unit_cost for offer in offers for v in offer.variants]
    )
    profit = volumes.draws.sum(axis=(2, 3)) @ margin
    profit -= len(offers) * programme.costs.fixed_per_offer
    several = len(offers) > 1
    return Definition(
        programme=programme.programme.name,
        currency=programme.programme.currency,
        offers=offers,
        status="local_optimum" if several else "optimal",
        method="local search from 20 starts, exchanging one offer at a time"
        if several
        else "every line tried",
        profit=interval(profit),
        search_value=float(profit.mean()),
        bound=float(profit.mean()) * (1.014 if several else 1.0),
        n_candidates=486 if several else 56,
        n_configurations=24 if several else 4,
        made_from={"programme": programme.version},
    )


def _estimate(
    programme: Programme,
    wtp: Sequence[tuple[str, str, str, float, float, float]],
    convergence: dict[str, float],
    draws: np.random.Generator,
) -> Estimate:
    simulated = programme.survey.simulated
    coding = UtilityCoding.of(programme.attributes, has_outside=True)
    n, k = (2000 if simulated else 1), len(coding.labels)
    mean = np.linspace(-0.9, 1.4, k)
    return Estimate(
        model=programme.estimation.model,
        status="converged",
        answers=Answers(
            n_respondents=2000 if simulated else 318,
            n_tasks=16000 if simulated else 3816,
            n_alternatives=64000 if simulated else 11448,
            share_outside=0.312,
            is_simulated=simulated is not None,
            source=simulated.source if simulated else programme.survey.answers.source,
        ),
        log_likelihood=-15873.42,
        null_log_likelihood=-22180.71,
        multinomial_log_likelihood=-18204.6,
        convergence=convergence,
        coefficients=tuple(
            Coefficient(
                label=label,
                mean=m,
                low=m - 0.09,
                high=m + 0.09,
                sd_over_people=0.4 if n > 1 else 0.0,
            )
            for label, m in zip(coding.labels, mean.tolist(), strict=True)
        ),
        willingness_to_pay=tuple(
            WillingnessToPay(
                attribute=attribute,
                level=level,
                versus=versus,
                amount=Interval(middle, middle - 1.64 * sd, middle, middle + 1.64 * sd),
                share_positive=positive,
            )
            for attribute, level, versus, middle, sd, positive in wtp
        ),
        part_worths=PartWorths(
            draws=mean + 0.3 * draws.standard_normal((20, n, k)),
            coding=coding,
            respondent_ids=tuple(f"r{i}" for i in range(n)) if n > 1 else ("",),
            weights=np.ones(n),
        ),
    )


def _production(
    programme: Programme, offers: tuple[Offer, ...], volumes: VolumeDraws
) -> ProductionPlan:
    variants = [variant for offer in offers for variant in offer.variants]
    parts = tuple(n for n in programme.parts if any(n in v.parts for v in variants))
    quantity = np.array([[v.parts.get(part, 0.0) for part in parts] for v in variants])
    needs = np.einsum("svmq,vp->spq", volumes.draws, quantity)
    wanted = volumes.by_offer().sum(axis=2).mean(axis=0)
    capacity = np.full(len(volumes.periods), programme.production.vehicles_per_period)
    share = np.minimum(1.0, capacity / wanted.sum(axis=0))
    builds = np.floor(wanted * share)
    return ProductionPlan(
        offers=tuple(offer.name for offer in offers),
        periods=volumes.periods,
        parts=parts,
        builds=builds,
        capacity=capacity,
        expected_sales=0.96 * builds,
        expected_unserved=wanted.sum(axis=1) - 0.96 * builds.sum(axis=1),
        part_needs=needs,
        commitments=tuple(
            _commitment(programme, part, needs[:, p].sum(axis=1))
            for p, part in enumerate(parts)
            if programme.parts[part].long_lead
        ),
        expected_contribution=float(8200.0 * builds.sum()),
        status="optimal",
        gap=0.0,
    )


def _commitment(programme: Programme, name: str, need: np.ndarray) -> Commitment:
    part = programme.parts[name]
    overage, underage = part.unit_cost * (1 - part.salvage_share), 7800.0
    ratio = underage / (underage + overage)
    quantity = float(np.quantile(need, ratio))
    return Commitment(
        part=name,
        quantity=quantity,
        critical_ratio=ratio,
        underage_cost=underage,
        overage_cost=overage,
        expected_shortage=float(np.maximum(need - quantity, 0).mean()),
        expected_excess=float(np.maximum(quantity - need, 0).mean()),
        order_by_week=-part.lead_time_weeks,
    )
