"""Spectral learning of weighted automata, and their refinement.

`method` has the stages. `targets` says what is learned: scores, labels, or probabilities of words. `blocks` gives automata of
growing blocks, `smaller` those of fewer states. They are refined by gradient (`refinement`) or by `least_squares` with its
`equations`; `batches`, `kernels` and `balancing` are shared.
"""
