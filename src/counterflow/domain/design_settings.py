"""How the choice design is made: method, criterion, versions, and what must not stand together."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from counterflow.domain.section import Many, Name, Section


class DesignSettings(Section):
    """What `counterflow design` is asked for; every key may be left out."""

    method: Literal[
        "random",
        "full",
        "balanced_overlap",
        "minimal_overlap",
        "fedorov",
        "exchange",
        "swap",
        "annealing",
    ] = "exchange"
    """How designs are sought: at random; the full factorial; each level as often as the others,
    with or without a level twice in a task; by exchanging profiles (modified Fedorov) or levels;
    by relabelling and swapping, which keeps levels balanced; by simulated annealing."""
    criterion: Literal["d_zero", "d_prior", "d_bayesian", "a", "s"] = "d_bayesian"
    """What is made small: D-error at zero coefficients; at the mean of the prior; its mean over
    draws from the prior; the trace of the covariance; the sample that the least certain coefficient
    needs."""
    n_versions: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Versions that respondents are spread over, optimised together."""
    interactions: Many[Many[Name]] = ()
    """Pairs of attributes whose interaction the criterion counts."""
    once_a_task: Many[Name] = ()
    """Attributes of which no level may stand twice in one task."""
    n_shown: Annotated[int, Field(ge=2)] | None = None
    """Attributes that vary in a task (partial profiles); all if absent."""
    avoid_dominance: bool = True
    """Whether no product of a task may be at least as good in all that has a known direction."""
    seconds: Annotated[float, Field(gt=0)] = 20.0
    """How long to search."""
