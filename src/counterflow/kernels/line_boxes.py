"""Line boxes: a tree of boxes of similar candidates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from counterflow.kernels.line_search import LineProblem

_PEOPLE_OF_TREE = 256


class Tree(NamedTuple):
    """Boxes of similar candidates, each split in two until one is left.

    Box t holds the candidates `order[low[t]:high[t]]` and splits into the boxes `left[t]` and
    `right[t]`, or is a single candidate, with both -1.
    """

    order: Int[np.ndarray, " C"]
    low: Int[np.ndarray, " boxes"]
    high: Int[np.ndarray, " boxes"]
    left: Int[np.ndarray, " boxes"]
    right: Int[np.ndarray, " boxes"]


def similar_boxes(problem: LineProblem) -> Tree:
    """Return the tree of boxes: near the root different candidates part, near the leaves twins.

    Candidates are described by what each earns alone from a sample of people. A box is cut in two
    along its first principal component, where the squared distances to the two means are least.
    """
    people = np.unique(np.linspace(0, len(problem.weights) - 1, _PEOPLE_OF_TREE).astype(int))
    alone = problem.earnings[people] / (1.0 + problem.odds[people].astype(float))
    features = (np.sqrt(problem.weights[people])[:, None] * alone).T
    order = np.arange(len(features))
    boxes: list[list[int]] = [[0, len(order), -1, -1]]
    for box in boxes:
        low, high = box[:2]
        if high - low > 1:
            members = order[low:high]
            ranked, n_left = _cut_in_two(features[members])
            order[low:high] = members[ranked]
            box[2:] = [len(boxes), len(boxes) + 1]
            boxes += [[low, low + n_left, -1, -1], [low + n_left, high, -1, -1]]
    return Tree(order, *(np.array(column) for column in zip(*boxes, strict=True)))


def _cut_in_two(features: Float[np.ndarray, "n f"]) -> tuple[Int[np.ndarray, " n"], int]:
    """Return the rows ranked along their first principal component, and where to cut them.

    Sums are written out, as matrix products may add in another order on another machine.
    """
    centred = features - features.mean(axis=0)
    axis = centred[(centred**2).sum(axis=1).argmax()]
    for _ in range(4):
        turned = (centred * (centred * axis).sum(axis=1)[:, None]).sum(axis=0)
        length = np.sqrt((turned**2).sum())
        axis = turned / length if length > 0.0 else axis
    ranked = np.argsort((centred * axis).sum(axis=1), kind="stable")
    sums = np.cumsum(centred[ranked], axis=0)
    n_left = np.arange(1, len(ranked))
    between = (sums[:-1] ** 2).sum(axis=1) * (1.0 / n_left + 1.0 / (len(ranked) - n_left))
    # Twins are cut in the middle: one at a time would make a tree as deep as it is wide.
    return ranked, int(between.argmax()) + 1 if between.max() > 0.0 else len(ranked) // 2
