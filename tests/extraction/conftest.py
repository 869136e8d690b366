"""Here pytest finds learning.py and refining.py for the tests in the folders below."""
