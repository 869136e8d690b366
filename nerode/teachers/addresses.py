"""Names of teachers that are no files: `exec:COMMAND` and `http://HOST/PATH`."""

PROGRAM, SERVICES = "exec:", ("http://", "https://")  # the beginnings of names


def is_outside(name: object) -> bool:
    """Return whether a name is that of a program or a service. A `Path` is always a file."""
    return isinstance(name, str) and name.startswith((PROGRAM, *SERVICES))
