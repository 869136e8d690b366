"""Known languages, random automata, and words: drawn from them and read from files."""
