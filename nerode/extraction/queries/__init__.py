"""Query learning: learners that propose DFAs, and searches for counterexamples.

`method` has the stages, `rounds` the round: propose, search, refine. `labels` gives classes of words, `continuations` reads on
from kept states, `counterexamples` takes them apart. The learners are `ttt` with `discrimination_tree`, and
`observation_table`. `strategy` says which searches look, in what order; each is a file of `searches/`.
"""
