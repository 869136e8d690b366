"""The method rpni: states of the tree of labelled words are merged with the first that no label forbids.

Oncina, García: Inferring regular languages in polynomial updated time, Pattern Recognition and Image Analysis (1992).
"""

from nerode.extraction.passive.merging import merging

METHOD = merging(evidence=False)
