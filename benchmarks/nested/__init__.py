"""Parts of `benchmarks/stack.py`."""
