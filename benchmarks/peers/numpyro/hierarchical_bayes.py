"""Hierarchical Bayes by numpyro's NUTS: the same model, data and prior as ours.

People are normal with a full covariance. NUTS moves independent normals of each person, scaled
by the Cholesky factor of a correlation matrix and by standard deviations, which mixes best where
a person answers few tasks; the density of our prior is put on those (`_log_prior`).
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from jax.scipy.linalg import solve_triangular
from numpyro.infer import MCMC, NUTS

from benchmarks.chains import Chains
from benchmarks.choices import Choices, without_last_tasks
from benchmarks.data_sets import load
from benchmarks.fit import fit_and_print, fit_arguments


def main() -> None:
    numpyro.set_host_device_count(2)  # chains side by side, as many as ours
    parser = fit_arguments()
    parser.add_argument("--hold-out", type=int, default=0, help="last tasks of a person left out")
    parser.add_argument("--burn-in", type=int, default=500)
    parser.add_argument("--sweeps", type=int, default=500)
    parser.add_argument("--scales", type=float, nargs="+", required=True)
    parser.add_argument("--mean-sd", type=float, required=True)
    parser.add_argument("--median-sd", type=float, required=True)
    parser.add_argument("--keep", required=True, help="where the chains go")
    arguments = parser.parse_args()
    jax.config.update("jax_enable_x64", True)
    choices = without_last_tasks(load(arguments.data, people=arguments.people), arguments.hold_out)
    differences = _differences(choices, np.array(arguments.scales))

    def fit() -> MCMC:
        chains = MCMC(
            NUTS(_model),
            num_warmup=arguments.burn_in,
            num_samples=arguments.sweeps,
            num_chains=2,
            chain_method="parallel",
            progress_bar=False,
        )
        chains.run(
            jax.random.PRNGKey(1),
            *differences,
            n_people=choices.n_people,
            mean_sd=arguments.mean_sd,
            median_sd=arguments.median_sd,
            extra_fields=("diverging", "num_steps"),
        )
        jax.block_until_ready(chains.get_samples())
        return chains

    chains = fit_and_print(
        f"numpyro {version('numpyro')}",
        fit,
        repetitions=arguments.repetitions,
        quality=lambda chains: {
            "chains": 2,
            "sweeps of each": arguments.burn_in + arguments.sweeps,
            "divergences": int(chains.get_extra_fields()["diverging"].sum()),
            "steps of a sweep": round(float(chains.get_extra_fields()["num_steps"].mean()), 1),
        },
        parameters=lambda _: {"chains": arguments.keep},
    )
    samples = {name: np.asarray(x) for name, x in chains.get_samples(group_by_chain=True).items()}
    _chains(samples, np.array(arguments.scales)).save(arguments.keep)


def _differences(choices: Choices, scales: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what each alternative that was not chosen has more than the chosen one, and whose."""
    shape = (choices.n_tasks, choices.n_alternatives, len(choices.labels))
    each = (choices.design / scales).reshape(shape)
    taken = choices.chosen.reshape(shape[:2])
    chosen = each[taken]
    others = each[~taken].reshape(shape[0], shape[1] - 1, shape[2])
    return others - chosen[:, None, :], choices.people_of_tasks


def _model(
    differences: jax.Array, people: jax.Array, *, n_people: int, mean_sd: float, median_sd: float
) -> None:
    k = differences.shape[2]
    mean = numpyro.sample("mean", dist.Normal(0.0, mean_sd).expand([k]).to_event(1))
    sds = numpyro.sample("sd", dist.ImproperUniform(dist.constraints.positive, (), (k,)))
    correlation = numpyro.sample("correlation", dist.LKJCholesky(k, 1.0))
    factor = sds[:, None] * correlation
    numpyro.factor("prior", _log_prior(factor, sds, median_sd))
    with numpyro.plate("people", n_people):
        z = numpyro.sample("z", dist.Normal(0.0, 1.0).expand([k]).to_event(1))
    theta = numpyro.deterministic("theta", mean + z @ factor.T)
    utilities = jnp.einsum("tjk,tk->tj", differences, theta[people])
    beaten_by = jnp.concatenate([jnp.zeros((len(people), 1)), utilities], axis=1)
    numpyro.factor("choices", -jax.nn.logsumexp(beaten_by, axis=1).sum())


def _log_prior(factor: jax.Array, sds: jax.Array, median_sd: float) -> jax.Array:
    """Return the log-density of the covariance by standard deviations and correlations.

    covariance ~ inverse Wishart(K + 1, diag(v)), v_k ~ exponential of rate a = 1 / (2 m^2), is
    |S|^-(K+1) prod_k ((S^-1)_kk / 2 + a)^-(K+3)/2 once v is integrated out; the last term is the
    change of variables, K log s_k for each k.
    """
    k = len(sds)
    inverse = solve_triangular(factor, jnp.eye(k), lower=True)
    precisions = (inverse**2).sum(axis=0)
    log_determinant = 2.0 * jnp.log(jnp.diag(factor)).sum()
    return (
        -(k + 1.0) * log_determinant
        - 0.5 * (k + 3.0) * jnp.log(0.5 * precisions + 0.5 / median_sd**2).sum()
        + k * jnp.log(sds).sum()
    )


def _chains(samples: dict[str, Any], scales: np.ndarray) -> Chains:
    """Return the draws in the units of the data, those of people thinned to 200."""
    people = samples["theta"].reshape(-1, *samples["theta"].shape[2:])
    kept = np.linspace(0, len(people) - 1, 200).astype(int)
    return Chains(
        means=samples["mean"] / scales, sds=samples["sd"] / scales, people=people[kept] / scales
    )


if __name__ == "__main__":
    main()
