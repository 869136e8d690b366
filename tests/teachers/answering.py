"""Every program that tests ask; the first argument says which."""

PROGRAM = r"""
import os, sys, time
kind, *rest = sys.argv[1:]
count = 0
if kind == "chatty":
    print("loading", flush=True)
if kind == "deaf":
    time.sleep(60)
if kind == "gone":
    sys.stderr.write("no weights\n\x1b[31m")
    sys.exit(7)
for line in sys.stdin:
    word, count = line.rstrip("\n"), count + 1
    answer = str(word.count("a") % 2)
    if kind == "often" and count > 1000:
        sys.exit(1)
    if kind == "once" and word == "abba":
        os.kill(os.getpid(), 9)
    if kind == "hangs" and word == "abba":
        time.sleep(60)
    if kind == "rubbish" and word == "abba":
        answer = rest[0].encode().decode("unicode_escape")
    if kind == "floods":
        sys.stderr.write("warning\n" * 100)
    if kind == "twice" and word == "abba":
        print(answer)
    if kind == "skips" and word == "abba":
        continue
    if kind == "child" and count == 1:
        child = os.fork()
        if not child:
            time.sleep(60)
        open(rest[0], "w").write(str(child))
    if kind == "counts":
        open(rest[0], "a").write(f"{os.getpid()}\n")
    if kind == "slow":
        time.sleep(0.002)
    if kind == "echo":
        answer = eval(rest[0])
    print(answer, flush=kind != "silent")
"""
