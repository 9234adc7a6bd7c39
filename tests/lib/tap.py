# SPDX-License-Identifier: Apache-2.0
"""TAP for test scripts in Python: tests are claims, each has a deadline, and one failure does not stop the others.

    from lib.tap import test, main, wait_for, build

    @test("a program that does not exist is told as start_failed")
    def _():
        assert run() == 127

    main()

Names on the command line (parts of sentences) choose tests. PITH_TEST_SLOW=N multiplies every deadline. What runs at the end of
a test, passed or failed, is registered with cleanup().
"""

import os
import signal
import subprocess
import sys
import time
import traceback

SLOW = max(1, int(os.environ.get("PITH_TEST_SLOW", "1")))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

_tests = []
_cleanups = []
_bounds = {"test": 10}


class Timeout(BaseException):
    """Not an Exception, so that a test's own `except Exception` does not swallow its deadline."""


def bound_tests(seconds):
    """How long a test may take, from here on, that does not say it itself."""
    _bounds["test"] = seconds


def test(sentence, seconds=None):
    """Registers the decorated function under the sentence that it proves."""

    def register(function):
        _tests.append((sentence, function, (seconds or _bounds["test"]) * SLOW))
        return function

    return register


def cleanup(function, *args):
    """Runs function(*args) at the end of the current test, last registered first."""
    _cleanups.append((function, args))


def diag(text):
    for line in str(text).rstrip("\n").split("\n"):
        print("#", line, flush=True)


def build(name=""):
    """Path of a built program: PITH_BUILD, else build/ of the tree."""
    return os.path.join(os.path.abspath(os.environ.get("PITH_BUILD", os.path.join(ROOT, "build"))), name)


def guest_build(name=""):
    """Path of a program built for guests: they may be of another machine than this one."""
    return os.path.join(os.path.abspath(os.environ.get("PITH_GUEST_BUILD") or build()), name)


def is_san():
    """True in the run against the sanitizer build."""
    return os.path.basename(build().rstrip("/")) == "san"


def children_of(pid):
    """The pids of a process's children, zombies too, oldest first."""
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def programs_of(pid):
    """Its children, without the agent's own launcher."""
    return [child for child in children_of(pid) if name_of(child) != "pith-launcher"]


def name_of(pid):
    """Its comm; None: it is gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None


def wait_for(function, seconds=5, what=None):
    """Calls function until it returns something true, and returns that; fails after the deadline."""
    deadline = time.monotonic() + seconds * SLOW
    pause = 0.001
    while True:
        got = function()
        if got:
            return got
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds * SLOW} s: {what or function}")
        time.sleep(pause)  # between two looks at the condition, never instead of one
        pause = min(pause * 2, 0.05)


def equal(got, expected, what="value"):
    assert got == expected, f"{what}: got {got!r}, expected {expected!r}"


def contains(text, part):
    assert part in text, f"{part!r} is not in {text!r}"


def start(argv, **kwargs):
    """Popen whose process is killed and waited for at the end of the test."""
    process = subprocess.Popen(argv, **kwargs)
    cleanup(_end, process)
    return process


def run(argv, seconds=10, **kwargs):
    """subprocess.run with captured output as text (unless text=False) and a deadline."""
    kwargs.setdefault("stdin", subprocess.DEVNULL) if "input" not in kwargs else None
    kwargs.setdefault("text", True)
    return subprocess.run(argv, capture_output=True, timeout=seconds * SLOW, check=False, **kwargs)


def make(*args, seconds=60):
    """Runs make at the top of the tree and returns its output; a failure of make fails the test, a late one is killed whole."""
    process = subprocess.Popen(["make", "--no-print-directory", *args], cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, errors="replace")
    try:
        output, _ = process.communicate(timeout=seconds * SLOW)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    assert process.returncode == 0, f"make {' '.join(args)} ended with {process.returncode}:\n{output[-8000:]}"
    return output


def _end(process):
    if process.poll() is None:
        process.kill()
    process.wait(5)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


def _fds():
    return {int(fd) for fd in os.listdir("/proc/self/fd")}


def _alarm(_signal, _frame):
    raise Timeout()


def _attempt(what, function, args=()):
    """Returns True, or tells why not."""
    try:
        function(*args)
        return True
    except Timeout:
        diag(f"{what}: not done in time; it was here:")
        diag("".join(traceback.format_exc(limit=-3)))
    except AssertionError as error:
        where = traceback.extract_tb(error.__traceback__)
        for frame in where[1:] or where:
            diag(f"{os.path.relpath(frame.filename)}:{frame.lineno}: {frame.line}")
        diag(error)
    except BaseException:  # the reason is shown, and the next test still runs
        diag(traceback.format_exc())
    return False


def run_cleanups():
    """For programs that use the helpers outside of a test; tests do it by themselves. True if all went well."""
    passed = True
    while _cleanups:
        cleaner, args = _cleanups.pop()
        passed = _attempt("cleanup", cleaner, args) and passed
    return passed


def _run_one(function, seconds):
    before = len(_fds())
    signal.setitimer(signal.ITIMER_REAL, seconds)
    passed = _attempt(f"after {seconds} s", function)
    signal.setitimer(signal.ITIMER_REAL, 30 * SLOW)  # a cleanup that hangs is a failure too
    passed = run_cleanups() and passed
    signal.setitimer(signal.ITIMER_REAL, 0)
    if passed and len(_fds()) > before:
        diag(f"leaked {len(_fds()) - before} file descriptor(s)")
        return False
    return passed


def _run_apart(sentence):
    """One test as a process of its own: whether it passed, and what it has to say."""
    done = subprocess.run([sys.executable, sys.argv[0], sentence], stdout=subprocess.PIPE, text=True, check=False)
    lines = done.stdout.splitlines()
    said = [line for line in lines if line.startswith("#")]
    passed = done.returncode == 0 and lines[-1:] == [f"ok 1 - {sentence}"]
    return passed, said if passed else said + [f"# its process ended with {done.returncode}"]


def _results(wanted, jobs):
    if jobs == 1 or len(wanted) == 1:
        for _, function, seconds in wanted:
            yield _run_one(function, seconds)
        return
    import multiprocessing.pool  # pylint: disable=import-outside-toplevel (most programs have no use for it)
    with multiprocessing.pool.ThreadPool(jobs) as pool:
        for passed, said in pool.imap(_run_apart, [sentence for sentence, _, _ in wanted]):
            print("".join(f"{line}\n" for line in said), end="", flush=True)
            yield passed


def main(jobs=1):
    """Runs the tests, in the order of their definition, and exits with 0 if all passed. With more jobs than one each test is a process of
    its own, and that many run at a time: for those that share nothing."""
    wanted = [t for t in _tests if not sys.argv[1:] or any(part in t[0] for part in sys.argv[1:])]
    if not wanted:
        print("Bail out! no such test")
        sys.exit(1)
    signal.signal(signal.SIGALRM, _alarm)
    print(f"1..{len(wanted)}", flush=True)
    failed = 0
    for number, ((sentence, _, _), passed) in enumerate(zip(wanted, _results(wanted, jobs)), 1):
        failed += not passed
        print(f"{'' if passed else 'not '}ok {number} - {sentence}", flush=True)
    sys.exit(1 if failed else 0)
