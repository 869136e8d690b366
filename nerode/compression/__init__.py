"""Networks made smaller: neurons taken away, weights pruned, few bits, one after the other, each step judged."""
