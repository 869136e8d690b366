"""What an import says where it refuses a file."""

import pytest

from nerode.errors import InputError
from nerode.teachers.imports.weights import import_weights


def refusal(path, wanted):
    """The one line that is said."""
    with pytest.raises(InputError) as refused:
        import_weights(path, wanted)
    said = str(refused.value)
    assert "\n" not in said
    return said
