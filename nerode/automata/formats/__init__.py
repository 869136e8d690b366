"""The file formats of automata: one module a format, one line a suffix in `listing` and in `table`."""
