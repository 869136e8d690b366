"""The choice of the device that evaluates networks: the processor or a CUDA device."""

from __future__ import annotations

import torch

from nerode.errors import InputError, first_line
from nerode.teachers.recognition import AUTO


def device_of(name: str) -> torch.device:
    """Return the device with a name: "cpu", "cuda", "cuda:1" …, or "auto" for a CUDA device if there is one.

    The choice of a CUDA device also sets torch to compute products in full float32. By default torch allows TF32 in some
    recurrent kernels. TF32 has three decimal digits, and the margins of networks can be as small as 1e-5.

    Raises
    ------
    InputError : the device does not exist
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
