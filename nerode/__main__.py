"""`python -m nerode` is the same as `nerode`."""

import sys

from nerode.cli import main

sys.exit(main())
