"""Automata as constraints for language models: which tokens may come next, so that the text is a word of the automaton."""
