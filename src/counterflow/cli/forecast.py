"""`counterflow forecast`: how many, where and when."""

from __future__ import annotations

from counterflow.cli.on_chain import on_chain
from counterflow.cli.outcome import print_json
from counterflow.cli.tables import between, print_line, print_table
from counterflow.domain.volumes import VolumeDraws, interval
from counterflow.programme.chain import Chain
from counterflow.programme.forecast import forecast as forecast_volumes


@on_chain
def forecast(chain: Chain, as_json: bool) -> None:
    """Forecast volumes by offer, region and period, as intervals."""
    volumes = forecast_volumes(chain).value()
    if as_json:
        print_json(volumes.summary())
    else:
        _print(volumes)


def _print(volumes: VolumeDraws) -> None:
    by_offer = volumes.by_offer()
    print_table(
        "Vehicles wanted over all periods, mean and 90 % interval",
        ("offer", *volumes.regions, "all regions"),
        [
            (
                offer,
                *(
                    between(interval(by_offer[:, o, m].sum(axis=-1)))
                    for m in range(len(volumes.regions))
                ),
                between(interval(by_offer[:, o].sum(axis=(-2, -1)))),
            )
            for o, offer in enumerate(volumes.offers)
        ],
    )
    print_line(f"all offers: {between(volumes.total())}")
