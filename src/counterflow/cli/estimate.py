"""`counterflow estimate`: what people want."""

from __future__ import annotations

from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import amount, between, print_line, print_table
from counterflow.domain.estimate import Estimate
from counterflow.programme.chain import Chain
from counterflow.programme.estimate import estimate_part_worths


@on_chain
def estimate(chain: Chain, as_json: bool) -> None:
    """Estimate what people want: part-worths and willingness to pay."""
    found = estimate_part_worths(chain).value()
    if as_json:
        print_json(found.as_dict())
    else:
        _print(found, chain.workspace.programme.programme.currency)


def _print(found: Estimate, currency: str) -> None:
    print_table(
        f"Part-worths ({found.model}, {found.status})",
        ("coefficient", "mean", "90 % interval", "sd over people"),
        [
            (
                c.label,
                amount(c.mean),
                f"{amount(c.low)} to {amount(c.high)}",
                amount(c.sd_over_people),
            )
            for c in found.coefficients
        ],
    )
    print_table(
        f"Willingness to pay of the median person ({currency})",
        ("step", "amount and 90 % interval", "share who would pay"),
        [
            (
                f"{w.attribute}: {w.versus} to {w.level}",
                between(w.amount),
                f"{w.share_positive:.0%}",
            )
            for w in found.willingness_to_pay
        ],
    )
    print_line(
        f"log-likelihood {found.log_likelihood:.3f}, multinomial logit "
        f"{found.multinomial_log_likelihood:.3f}, equal shares {found.null_log_likelihood:.3f}"
    )
