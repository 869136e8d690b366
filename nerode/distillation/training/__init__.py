"""How students that are networks are trained: the table of ways, one file each, and what they share."""
