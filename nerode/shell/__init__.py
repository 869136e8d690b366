"""The shell: a file a command. `nerode.cli` reads the command line and calls `run` of the command's file."""
