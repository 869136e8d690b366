"""Learning automata from teachers. Every learner reads the rows of one Hankel block."""
