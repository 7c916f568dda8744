"""`counterflow plan`: which parts, and what to build when."""

from __future__ import annotations

from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import amount, print_line, print_table
from counterflow.domain.production_plan import ProductionPlan
from counterflow.programme.chain import Chain
from counterflow.programme.plan import plan as plan_production


@on_chain
def plan(chain: Chain, as_json: bool) -> None:
    """Explode parts, order long-lead parts and plan builds within capacity."""
    made = plan_production(chain).value()
    if as_json:
        print_json(made.as_dict())
    else:
        _print(made)


def _print(made: ProductionPlan) -> None:
    print_table(
        f"Vehicles to build ({made.status})",
        ("offer", *made.periods),
        [
            (offer, *(amount(x) for x in row))
            for offer, row in zip(made.offers, made.builds, strict=True)
        ]
        + [("capacity", *(amount(x) for x in made.capacity))],
    )
    print_table(
        "Long-lead parts to order before demand is known",
        ("part", "quantity", "order by week", "critical ratio", "short, mean", "over, mean"),
        [
            (
                c.part,
                amount(c.quantity),
                amount(c.order_by_week),
                f"{c.critical_ratio:.2f}",
                amount(c.expected_shortage),
                amount(c.expected_excess),
            )
            for c in made.commitments
        ],
    )
    print_line(f"expected contribution {amount(made.expected_contribution)}")
