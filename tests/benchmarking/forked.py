"""A process that has imported all that a bench needs, and forks one that runs `nerode` for each that is asked for.

A line of its input is a list of commands in JSON, which run at the same time. It answers with their process numbers, and when all
have ended with their exit codes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve()


class Forks:
    """The other side."""

    def __init__(self, log):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, str(HERE), str(log)]
        self._server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def begin(self, *commands):
        """Start commands; the numbers of their processes."""
        self._server.stdin.write(json.dumps([list(map(str, command)) for command in commands]) + "\n")
        self._server.stdin.flush()
        return json.loads(self._server.stdout.readline())

    def codes(self):
        """The exit codes of those that were started last, when they have ended."""
        return json.loads(self._server.stdout.readline())

    def close(self):
        with self._server:
            self._server.stdin.close()


def serve(log):
    """Answer until the input ends."""
    from tiny import logged, warm

    from nerode.cli import main

    warm()
    logged(log)
    answers = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for line in sys.stdin:
        numbers = []
        for command in json.loads(line):
            number = os.fork()
            if not number:
                os._exit(main(command))
            numbers.append(number)
        os.write(answers, (json.dumps(numbers) + "\n").encode())
        codes = [os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) for number in numbers]
        os.write(answers, (json.dumps(codes) + "\n").encode())


if __name__ == "__main__":
    serve(sys.argv[1])
