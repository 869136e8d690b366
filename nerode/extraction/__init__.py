"""Learning automata of a teacher. Each method has a folder; these files are shared by all of them.

- `loop` runs one extraction: rounds under a budget; says why it stopped; returns an `Extraction`
- `methods`, `method`: the table of methods; what a method is, and what it is given
- `meter`, `budget`: the limits; and the wrapper that counts queries and work, and raises `BudgetExhausted`
- `progress` says each second what is being done; the meter calls it
- `source`: words to learn from and to judge with
- `held_out` weighs hypotheses on words kept apart from learning
- `ledger` keeps the hypotheses and knows at any time which one to hand back
- `verdict` bounds the error, from fresh words
- `sizes`: automata of other sizes, made after learning (`Method.smaller`)
- `knee`: the size after which more states gain little
- `curve`: what each number of states costs, where a method compares sizes
- `arguments` refuses what `extract` cannot be given; `reasons` says why an extraction stopped
"""
