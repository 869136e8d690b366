"""The Hankel core: a teacher tabulated over prefixes and suffixes, and what is computed from such a table."""
