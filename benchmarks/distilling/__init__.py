"""What `benchmarks/students.py` learns students of."""
