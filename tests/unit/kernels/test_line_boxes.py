"""The tree of boxes: every candidate once, down to boxes of one."""

from hypothesis import given

from counterflow.kernels.line_boxes import similar_boxes
from strategies.line_problems import line_problems


@given(line_problems())
def test_the_tree_parts_all_candidates_down_to_single_ones(problem):
    tree = similar_boxes(problem)
    assert sorted(tree.order.tolist()) == list(range(len(problem.group)))
    for low, high, left, right in zip(*tree[1:], strict=True):
        if left < 0:
            assert high - low == 1
        else:
            assert (tree.low[left], tree.high[right]) == (low, high)
            assert tree.high[left] == tree.low[right]
            assert low < tree.high[left] < high
