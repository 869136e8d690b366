"""Files on the disk: read with clear errors, written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nerode.errors import InputError

PathLike = str | os.PathLike[str]


def read_text(path: PathLike) -> str:
    """The text of a file in UTF-8, with or without a byte-order mark.

    Raises
    ------
    InputError : no such file, a folder, no permission, or bytes that are no UTF-8
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"cannot read {path}: it is not a text file in UTF-8") from error
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {_reason(error)}") from error


def write_whole(path: PathLike, data: bytes | str) -> None:
    """Write a file whole or not at all; text is written in UTF-8.

    The data goes to a temporary file in the same folder, which then takes the place of `path` in one step. Whatever
    happens before that step, an interruption included, leaves `path` as it was and removes the temporary file. Pipes and
    devices are written to directly.

    Raises
    ------
    InputError : the place cannot be written to
    """
    content = data.encode() if isinstance(data, str) else data
    with _place(path) as (target, temporary):
        if temporary is None:
            target.write_bytes(content)
            return
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, temporary)
        temporary.replace(target)


def check_writable(path: PathLike) -> None:
    """Refuse at once, rather than after hours of work, a place that `write_whole` could not write to.

    Raises
    ------
    InputError : the folder is missing, the path is a folder, or there is no permission
    """
    with _place(path):
        pass


@contextmanager
def _place(path: PathLike) -> Iterator[tuple[Path, Path | None]]:
    """The file behind `path`, links followed, and a new empty file beside it; None beside a pipe or a device."""
    temporary = None
    try:
        target = Path(os.path.realpath(path))
        if Path(path).is_dir():
            raise InputError(f"cannot write {path}: it is a folder; name a file in it")
        if Path(path).exists() and not os.access(path, os.W_OK):
            raise InputError(f"cannot write {path}: no permission; choose another place")
        if Path(path).exists() and not target.is_file():
            yield Path(path), None
            return
        if not target.parent.is_dir():
            raise InputError(f"cannot write {path}: the folder {target.parent} does not exist; create it first")
        temporary = target.parent / f".nerode-{secrets.token_hex(8)}.tmp"
        temporary.touch(exist_ok=False)
        yield target, temporary
    except (OSError, ValueError) as error:
        raise InputError(f"cannot write {path}: {_reason(error)}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _reason(error: Exception) -> str:
    """The operating system's words, in the middle of a sentence."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]
