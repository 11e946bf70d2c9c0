"""Processes of a test: started with their output in a file, found again by
walking /proc, ended by pid and never by name."""

import contextlib
import os
import signal
import socket
import subprocess
import time


def alive(pid):
    """True for a process that runs; a zombie does not."""
    stat = read_stat(pid)
    return stat is not None and stat["state"] not in "ZX"


def read_stat(pid):
    try:
        with open(f"/proc/{pid}/stat", "rb") as f:
            text = f.read().decode(errors="replace")
    except OSError:
        return None
    comm, rest = text[text.index("(") + 1:].rsplit(")", 1)
    f = rest.split()
    return {"comm": comm, "state": f[0], "ppid": int(f[1]),
            "pgid": int(f[2]), "utime": int(f[11]), "stime": int(f[12]),
            "cutime": int(f[13]), "cstime": int(f[14])}


def command(pid):
    """The command line as ps shows it, or the name where it is empty."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            line = f.read().replace(b"\0", b" ").strip()
    except OSError:
        return ""
    if line:
        return line.decode(errors="replace")
    stat = read_stat(pid)
    return f"[{stat['comm']}]" if stat else ""


def all_stats():
    stats = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            stat = read_stat(int(entry))
            if stat:
                stats[int(entry)] = stat
    return stats


def descendants(root):
    """Pids below root, parents before their children, zombies left out."""
    stats = all_stats()
    children = {}
    for pid, stat in stats.items():
        children.setdefault(stat["ppid"], []).append(pid)
    found, queue = [], [root]
    while queue:
        for pid in children.get(queue.pop(0), []):
            queue.append(pid)
            if stats[pid]["state"] not in "ZX":
                found.append(pid)
    return found


def kill_descendants(root, grace=0.0):
    """End all that is below root.  Returns what was found there, as text."""
    named = []
    deadline = time.monotonic() + grace
    while grace and descendants(root) and time.monotonic() < deadline:
        time.sleep(0.02)
    # A process may fork between the look and the kill: look again.
    for _ in range(20):
        pids = descendants(root)
        if not pids:
            break
        for pid in pids:
            named.append(f"{pid} {command(pid)}")
            signal_pid(pid, signal.SIGKILL)
        time.sleep(0.02)
    reap()
    return named


def reap():
    """Collect children that ended and that nobody waits for.  Only for
    orphans that this process adopted; a Popen notices and is content."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] > 0:
            pass
    except ChildProcessError:
        pass


def signal_pid(pid, sig):
    try:
        os.kill(pid, sig)
        return True
    except ProcessLookupError:
        return False


def wait_gone(pids, timeout):
    """Wait until none of pids runs.  Returns those that still do."""
    deadline = time.monotonic() + timeout
    while True:
        left = [p for p in pids if alive(p)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.01)


def wait_for(test, timeout=10.0, what="condition", every=0.02):
    """Poll test() until it is true; its value is returned."""
    deadline = time.monotonic() + timeout
    while True:
        value = test()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout} s")
        time.sleep(every)


def inside(host):
    """Sockets made in this block belong to a netns.Host; None: to us."""
    return host.inside() if host else contextlib.nullcontext()


def can_connect(address, port, host=None):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with inside(host), socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(1)
        try:
            s.connect((address, port))
            return True
        except OSError:
            return False


def wait_port(address, port, timeout=15.0, process=None, host=None):
    """Wait until something listens; fail early when process has ended."""
    def test():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args}: ended with "
                               f"{process.returncode}\n{process.log()}")
        return can_connect(address, port, host)
    wait_for(test, timeout, f"listener on {address}:{port}")


class Process(subprocess.Popen):
    """A child in a session of its own whose output goes to a file."""

    def __init__(self, argv, log_path, **kw):
        self.log_path = log_path
        with open(log_path, "ab") as out:
            kw.setdefault("stdin", subprocess.DEVNULL)
            super().__init__([str(a) for a in argv], stdout=out,
                             stderr=subprocess.STDOUT,
                             start_new_session=True, **kw)

    def log(self, last=60):
        with open(self.log_path, errors="replace") as f:
            return "".join(f.readlines()[-last:])

    def stop(self, timeout=10.0, sig=signal.SIGTERM):
        """End the child politely, then with all below it by force.
        Returns the exit status."""
        below = descendants(self.pid)
        if self.poll() is None:
            self.send_signal(sig)
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self.wait()
        for pid in wait_gone(below, 1.0):
            signal_pid(pid, signal.SIGKILL)
        return self.returncode


def run(argv, timeout=30, check=True, **kw):
    """Run to the end; output as text.  For short commands."""
    kw.setdefault("stdin", subprocess.DEVNULL if "input" not in kw else None)
    if kw["stdin"] is None:
        del kw["stdin"]
    p = subprocess.run([str(a) for a in argv], timeout=timeout, text=True,
                       errors="replace", stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, check=False, **kw)
    if check and p.returncode != 0:
        raise RuntimeError(f"{argv}: exit {p.returncode}\n{p.stdout}")
    return p
