"""Known languages, random automata, and words that are drawn from them or read from files."""
