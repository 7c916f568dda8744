"""One small programme that uses every section, as text: a reader can count its lines."""

from __future__ import annotations

import tomllib
from typing import Any

CARGO_BIKE = """\
format = 1

[programme]
name = "cargo-bike"
title = "Cargo bike"
description = "A bike for loads and children."
currency = "EUR"

[attributes.motor]
label = "Motor"
kind = "feature"
coding = "categorical"
levels = ["none", "hub", "mid"]

[attributes.load]
label = "Load"
kind = "feature"
coding = "linear"
unit = "kg"
levels = [80, 120, 160]

[attributes.colour]
label = "Colour"
kind = "option"
coding = "categorical"
levels = ["black", { name = "green", label = "Leaf green" }]
option_price = { green = 50 }

[attributes.battery]
label = "Battery"
kind = "term"
coding = "categorical"
levels = ["bought", "rented"]

[attributes.price]
label = "Price"
kind = "price"
coding = "linear"
unit = "EUR"
levels = [1500, 2500, 4500]

[[rules]]
when = { motor = "none" }
excludes = { load = 160 }
reason = "160 kg cannot be moved off from rest without a motor."

[contracts.rent]
label = "Battery rent"
when = { battery = "rented" }
rent_per_month = 19
expected_months = 48
expected_km_per_month = 200
discount_rate_per_year = 0.04

[parts.frame_tube]
label = "Frame tube"
unit = "metre"
unit_cost = 9
lead_time_weeks = 4
long_lead = false
salvage_share = 0.9
used_in = [{ quantity = 5 }, { when = { load = 160 }, quantity = 1.5 }]

[costs]
base_per_vehicle = 720
fixed_per_offer = 60_000

[costs.levels.motor]
none = 0
hub = 190
mid = 520

[costs.levels.colour]
black = 0
green = 15

[market]
periods = ["Q1", "Q2"]
weeks_per_period = 13
awareness = { low = 0.10, mode = 0.20, high = 0.35 }
availability = 0.6
outside_option = { kind = "estimated" }

[market.regions.north]
label = "North"
buyers_per_period = [9000, 16000]
relative_sd = 0.15

[market.regions.south]
label = "South"
buyers_per_period = 6000
relative_sd = 0.15

[market.subsidies.grant]
label = "City grant"
regions = ["north"]
amount = 300
when = { motor = ["hub", "mid"] }

[market.competitors.rival]
label = "Rival long-tail"
levels = { motor = "mid", load = 130, colour = "black", battery = "bought" }
price = 3900

[survey]
title = "Which cargo bike would you take?"

[survey.simulated]
source = "Invented."
n_respondents = 400
n_tasks = 8
n_alternatives = 3
outside_option = true

[survey.simulated.preferences]
"motor[hub]" = { mean = 1.2, sd = 0.8 }
"motor[mid]" = { mean = 1.9, sd = 1.0 }
load = { mean = 0.008, sd = 0.006 }
"colour[green]" = { mean = 0.0, sd = 0.7 }
"battery[rented]" = { mean = -0.5, sd = 0.7 }
price = { mean = -0.0012, sd = 0.0005 }
outside = { mean = 0.8, sd = 1.2 }

[estimation]
model = "hb"
signs = { price = "negative" }
n_chains = 2
n_burn_in = 500
n_sweeps = 1000
n_draws = 100

[search]
n_offers = 2
objective = "profit"
prices = [
  { when = { battery = "bought" }, least = 2000, most = 4500, step = 100 },
  { least = 1500, most = 4000, step = 100 },
]
n_restarts = 5
n_buyers = 200
exhaustive_up_to = 10_000

[production]
takt_s = 300
line_hours_per_period = 480
holding_cost_share_per_period = 0.01
lost_share_per_period_waited = 0.2

[seeds]
simulation = 1
estimation = 2
search = 3
demand = 4
"""


def cargo_bike(**sections: Any) -> dict[str, Any]:
    """Return the cargo bike as a document, with other sections in place of those named."""
    return {**tomllib.loads(CARGO_BIKE), **sections}


def line_number(of: str) -> int:
    """Return the line of the cargo bike that begins with this text."""
    lines = CARGO_BIKE.splitlines()
    return next(n for n, line in enumerate(lines, start=1) if line.startswith(of))
