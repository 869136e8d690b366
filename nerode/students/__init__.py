"""Students: simple models other than automata, as functions from words to scores that are saved as plain numbers."""
