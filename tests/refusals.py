"""What an import says where it refuses a file."""

import pytest

from nerode.errors import InputError
from nerode.teachers.imports.weights import import_weights


def refusal(path, wanted, answers=None):
    """The one line that is said."""
    with pytest.raises(InputError) as refused:
        import_weights(path, wanted, answers)
    said = str(refused.value)
    assert "\n" not in said
    return said
