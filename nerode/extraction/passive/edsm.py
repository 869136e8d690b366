"""The method edsm: of all merges of states the one is done first that most labels speak for.

Lang, Pearlmutter, Price: Results of the Abbadingo One DFA learning competition and a new evidence-driven state merging algorithm,
ICGI (1998).
"""

from nerode.extraction.passive.merging import merging

METHOD = merging(evidence=True)
