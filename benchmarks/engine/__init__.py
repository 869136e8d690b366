"""Parts of `benchmarks/hankel.py`: what is tabulated, the ways of asking, and how fast any way could be."""
