"""The version of nerode."""

__version__ = "0.1.0"
