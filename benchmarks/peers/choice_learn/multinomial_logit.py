"""Multinomial logit by choice-learn (TensorFlow, single precision), standard errors included."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from importlib.metadata import version

import numpy as np
from choice_learn.data import ChoiceDataset
from choice_learn.models import SimpleMNL

from benchmarks.data_sets import load
from benchmarks.fit import fit_and_print, fit_arguments


def main() -> None:
    arguments = fit_arguments().parse_args()
    choices = load(arguments.data, people=arguments.people)
    shape = (choices.n_tasks, choices.n_alternatives, len(choices.labels))
    data = ChoiceDataset(
        choices=choices.chosen_alternatives,
        items_features_by_choice=choices.design.reshape(shape).astype(np.float32),
        items_features_by_choice_names=choices.labels,
    )

    def fit() -> SimpleMNL:
        model = SimpleMNL(intercept=None, optimizer="lbfgs")
        model.fit(data, get_report=True)
        return model

    fit_and_print(
        f"choice-learn {version('choice-learn')}",
        fit,
        repetitions=arguments.repetitions,
        quality=lambda model: {
            "own log-likelihood": round(-float(model.evaluate(data)) * choices.n_tasks, 3),
            "precision": "single",
        },
        parameters=lambda model: {"mean": model.trainable_weights[0].numpy().ravel().tolist()},
    )


if __name__ == "__main__":
    main()
