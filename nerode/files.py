"""Reading of files with clear errors, and atomic writing."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from nerode.errors import InputError

PathLike = str | os.PathLike[str]


def read_text(path: PathLike) -> str:
    """Return the text of a file in UTF-8, with or without a byte-order mark.

    Raises
    ------
    InputError : the file does not exist, is a folder, may not be read, or is not UTF-8
    """
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"cannot read {path}: it is not a text file in UTF-8") from error
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {_reason(error)}") from error


def fingerprint(path: PathLike, names: Collection[str] | None = None) -> str:
    """Return the SHA-256 of a file, or of the names and contents of files in a folder, in hexadecimal digits.

    Parameters
    ----------
    names : of the files in the folder; None for all of them, and for those in its folders

    Raises
    ------
    InputError : a file cannot be read
    """
    place = Path(path)
    try:
        if not place.is_dir():
            return _sha256(place).hex()
        digest = hashlib.sha256()
        files = place.rglob("*") if names is None else (place / name for name in names)
        for file in sorted(file for file in files if file.is_file()):
            digest.update(os.fsencode(file.relative_to(place).as_posix()) + b"\0" + _sha256(file))
        return digest.hexdigest()
    except OSError as error:
        raise InputError(f"cannot read {path}: {_reason(error)}") from error


def _sha256(file: Path) -> bytes:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


def write_whole(path: PathLike, data: bytes | str) -> None:
    """Write a file atomically: whole or not at all. Text is written in UTF-8.

    The data goes to a temporary file in the same folder, which then replaces `path` in one step. An error or interruption before
    this step leaves `path` unchanged and removes the temporary file. Pipes and devices are written to directly.

    Raises
    ------
    InputError : the file cannot be written
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
    """Check, before a long computation, that `write_whole` can write to a path.

    Raises
    ------
    InputError : the folder is missing, the path is a folder, or there is no permission
    """
    with _place(path):
        pass


@contextmanager
def _place(path: PathLike) -> Iterator[tuple[Path, Path | None]]:
    """Yield the file that `path` means, after links, and a new empty file in its folder; None for a pipe or a device."""
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
    """Return the operating system's message, with a lower-case first letter."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return text[:1].lower() + text[1:]
