"""Tables that scikit-learn carries, so that nothing is downloaded: handwritten digits and breast cancer.

Digits are images of 8 × 8 pixels with 17 grey values (Alpaydin and Kaynak, 1998). Breast cancer has 30 measurements of the nuclei
of cells (Wolberg, Mangasarian, Street, 1995).
"""

from __future__ import annotations

from nerode.datasets.tables import Cells
from nerode.errors import InputError

BOXED = {"digits": "load_digits", "breast-cancer": "load_breast_cancer"}
"""The functions of `sklearn.datasets`, by the names of the tables."""
LABEL = "label"


def boxed(name: str) -> Cells:
    """Return the table of a name in BOXED.

    Raises
    ------
    InputError : scikit-learn is not installed
    """
    try:
        from sklearn import datasets
    except ImportError as error:
        raise InputError(f"the table {name} is in scikit-learn; install it with: pip install 'nerode[students]'") from error
    found = getattr(datasets, BOXED[name])()
    header = (*(str(column).replace(" ", "-") for column in found.feature_names), LABEL)
    classes = [str(found.target_names[label]) for label in found.target]
    rows = [[*map(repr, row), label] for row, label in zip(found.data.tolist(), classes, strict=True)]
    return Cells(name, header, rows, list(range(1, len(rows) + 1)))
