"""What a network knows beside its answers: states of layers, relations of words, explanations, and losses that compare them."""
