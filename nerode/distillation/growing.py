"""Trees that scikit-learn grows, and forests of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from nerode.errors import InputError
from nerode.links import Link
from nerode.students.features import Features
from nerode.students.forest import LEAF, Forest
from nerode.words import FloatArray, IntArray

GROWTH = 1e-7  # seconds of work that a number of the table takes for each doubling of the leaves, about


@dataclass(frozen=True)
class Grown:
    """A tree of scikit-learn.

    Parameters
    ----------
    asked, thresholds, left, right : (nodes,), as those of a `Forest`
    values : (nodes, width), the mean of the targets in each node
    reached : (n,), the leaf of each word
    """

    asked: IntArray
    thresholds: FloatArray
    left: IntArray
    right: IntArray
    values: FloatArray
    reached: IntArray


def grown(
    table: csr_array[Any], targets: FloatArray, leaves: int, rng: np.random.Generator, weights: FloatArray | None = None
) -> Grown:
    """Return the tree of so many leaves that fits targets (n, width), the best leaf grown first.

    Parameters
    ----------
    weights : how much each target counts (n,); None where all count alike
    """
    try:
        from sklearn.tree import DecisionTreeRegressor
    except ImportError as error:
        raise InputError("trees are grown by scikit-learn; install it with: pip install scikit-learn") from error
    if not table.shape[1]:  # which scikit-learn refuses; a column that is the same everywhere cannot be asked about
        table = csr_array((len(targets), 1), dtype=table.dtype)
    grower = DecisionTreeRegressor(max_leaf_nodes=leaves, random_state=int(rng.integers(2**31)))
    made = grower.fit(table, targets, weights).tree_
    inner = made.children_left >= 0
    asked = np.where(inner, made.feature, LEAF)
    values = made.value[:, :, 0].reshape(len(asked), -1)
    reached = made.apply(table)
    return Grown(asked, np.where(inner, made.threshold, 0.0), made.children_left, made.children_right, values, reached)


def forest(features: Features, link: Link, trees: list[Grown], scale: FloatArray, shift: FloatArray) -> Forest:
    """Return the sum of trees, of the features that they ask about.

    Parameters
    ----------
    scale, shift : (width,), what the values of leaves are multiplied by, and what is then added to their sum
    """
    sizes = [len(tree.asked) for tree in trees]
    roots = np.cumsum([0, *sizes[:-1]])
    asked = np.concatenate([tree.asked for tree in trees])
    left, right = (
        np.concatenate(
            [np.where(tree.asked == LEAF, LEAF, getattr(tree, side) + root) for tree, root in zip(trees, roots, strict=True)]
        )
        for side in ("left", "right")
    )
    kept = np.unique(asked[asked != LEAF])
    values = np.concatenate([np.where((tree.asked == LEAF)[:, None], scale * tree.values, 0.0) for tree in trees])
    renamed = np.where(asked == LEAF, LEAF, np.searchsorted(kept, asked))
    thresholds = np.concatenate([tree.thresholds for tree in trees])
    return Forest(features.only(kept), roots, renamed, thresholds, left, right, values, shift, link)
