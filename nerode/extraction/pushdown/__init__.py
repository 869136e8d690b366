"""Visibly pushdown automata of networks that follow brackets.

`method` has the stages. `letters` finds which letters call and return, `tree` is the learner, `searches` looks through words of
growing depth, which `automata/nested_words` draws. `eval/depths` says to which depth a network follows.
"""
