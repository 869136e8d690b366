"""The table of ways to train students that are networks.

Nothing heavy is imported here, so that `nerode distill --help` can list it at once.
"""

from __future__ import annotations

from nerode.extraction.methods import Listing

PLACE = "nerode.distillation.training"

TRAININGS = {
    "offline": Listing("the student learns from the network's answers", f"{PLACE}.offline", "OFFLINE"),
    "mutual": Listing("two students learn from them and from each other", f"{PLACE}.mutual", "MUTUAL"),
    "codistilled": Listing(
        "two copies learn from them and from each other's last answers, and words are searched on which they differ",
        f"{PLACE}.codistilled",
        "CODISTILLED",
    ),
    "self": Listing("the top layer teaches read-outs of the lower ones", f"{PLACE}.own_layers", "OWN_LAYERS"),
    "born-again": Listing("generations, each taught by the one before", f"{PLACE}.generations", "BORN_AGAIN"),
}
