"""How far two functions from words to scores agree: metrics, their intervals, and reports."""
