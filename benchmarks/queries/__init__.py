"""Parts of `benchmarks/lstar.py`: networks, what is counted of them, learners side by side, and words to judge with."""
