"""The table of what is transferred from a network to a student beside its answers.

Nothing heavy is imported here, so that `nerode distill --help` can list it at once. The losses are in
`nerode.teachers.knowledge`.
"""

from __future__ import annotations

from nerode.extraction.methods import Listing

PLACE = "nerode.teachers.knowledge.transfer"

TRANSFERS = {
    "features": Listing("states of layers, through a learned map", PLACE, "FEATURES"),
    "boundaries": Listing("which neurons are active", PLACE, "BOUNDARIES"),
    "attention": Listing("at which letters layers are most active", PLACE, "ATTENTION"),
    "selectivity": Listing("what neurons do along words", PLACE, "SELECTIVITY"),
    "similarity": Listing("which words are alike", PLACE, "SIMILARITY"),
    "distances": Listing("how far words are apart", PLACE, "DISTANCES"),
    "angles": Listing("the angles that three words form", PLACE, "ANGLES"),
    "flow": Listing("products of the lowest layer with the top one", PLACE, "FLOW"),
    "explanations": Listing("what each letter does to the score", PLACE, "EXPLANATIONS"),
}
