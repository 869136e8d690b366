"""Query learning: learners that propose DFAs, and searches for counterexamples."""
