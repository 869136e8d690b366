"""Where networks are asked: on the processor, or on a CUDA device."""

from __future__ import annotations

import torch

from nerode.errors import InputError, first_line

AUTO = "auto"


def device_of(name: str) -> torch.device:
    """The device of a name: "cpu", "cuda", "cuda:1" …; "auto" takes a CUDA device where there is one.

    Products are then computed in full float32: margins of networks go down to 1e-5, and TF32, which torch allows in some of
    its recurrent kernels unless told otherwise, has three digits.

    Raises
    ------
    InputError : no such device
    """
    if name == AUTO:
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"there is no device {name!r} ({first_line(error)}); choose auto, cpu, cuda, or cuda:N") from error
    if device.type not in ("cpu", "cuda"):
        raise InputError(f"networks are asked on cpu or cuda, not on {name!r}")
    if device.type == "cuda":
        if (device.index or 0) >= torch.cuda.device_count():
            raise InputError(f"torch sees {torch.cuda.device_count()} CUDA devices, so there is no {name!r}; use --device cpu")
        torch.set_float32_matmul_precision("highest")
        torch.backends.cudnn.allow_tf32 = False
    return device
