"""Power loss: what processes did to a directory is recorded call by call,
and the directory is rebuilt as a disk may show it after any of the calls.

    rec = Recorder(suite.pids(), suite.path("spool"))
    ... load; note time.time() with each 250 ...
    rec.stop()
    for k in rec.cuts():
        rec.rebuild(k, "lost", elsewhere)
        ... what was promised before rec.time(k) must be found there ...

The model is the weakest that POSIX allows.  A write is safe when a sync of
that file began after it had ended; a name (of a creation, link, rename,
unlink) when a sync of its directory did, and so did a syncfs.  What is not
safe is, by the way of rebuild():

    "lost"    gone, data and names
    "names"   data gone, names there: files of the right length, or none
    "kept"    all there: the kernel happened to write everything
    "mixed"   each one there or gone, as the random seed says

Recording is by strace, so it reaches into cages and sees descriptors that
were passed on.  The directory must be at rest when it begins.
"""

import os
import random
import re
import shutil
import signal
import subprocess
import tempfile

import procs

DATA = ("write", "pwrite64", "writev", "pwritev", "pwritev2", "ftruncate",
        "fallocate", "lseek")
SYNC = ("fsync", "fdatasync", "syncfs", "sync")
NAMES = ("open", "openat", "creat", "rename", "renameat", "renameat2",
         "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat")
# They could put bytes into a file past what is recorded.
FLAGS = ("fcntl", "fcntl64")
UNSUPPORTED = ("copy_file_range", "sendfile", "splice")
WAYS = ("lost", "names", "kept", "mixed")

LINE = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$")
CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+|\?)(?:<(.*?)>)?(?: .*)?$", re.S)
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


def unpath(text):
    """A path as strace -xx writes it after a descriptor."""
    return unhex(text).decode() if text.startswith("\\x") else text


class File:
    """Contents as a list of changes: (number of the call, kind, ...)."""

    def __init__(self, text=b""):
        self.text = text
        self.changes = []
        self.safe = 0           # changes that a sync has covered
        self.position = 0
        self.size = len(text)
        self.appends = False    # O_APPEND, for all who write to it


class Op:
    """One call that changed something: number, time at which it began,
    and what is to be done in a replay."""

    def __init__(self, time, what, *args):
        self.time, self.what, self.args = time, what, args

    def __repr__(self):
        return f"{self.what}{tuple(str(a)[:60] for a in self.args)}"


class Recorder:
    def __init__(self, pids, root):
        self.root = os.path.realpath(root)
        self.before = tempfile.mkdtemp(prefix="powerloss.")
        self.snapshot = os.path.join(self.before, "tree")
        shutil.copytree(self.root, self.snapshot)
        for folder, _, _ in os.walk(self.root):
            st = os.stat(folder)
            os.chown(os.path.join(self.snapshot, os.path.relpath(
                folder, self.root)), st.st_uid, st.st_gid)
        self.output = os.path.join(self.before, "strace")
        self.ops = []
        # Where names begin for each process, which may be in a chroot.
        self.bases = {str(p): self.base(p) for p in pids}
        argv = ["strace", "-f", "-qq", "-y", "-xx", "-ttt", "-s", "1048576",
                "-o", self.output, "-e", "signal=none",
                "-e", "trace=" + ",".join(
                    "?" + c for c in DATA + SYNC + NAMES + FLAGS + UNSUPPORTED)]
        for pid in pids:
            argv += ["-p", str(pid)]
        self.tracer = procs.Process(argv, self.output + ".log")

        def attached():
            if self.tracer.poll() is not None:
                raise RuntimeError(self.tracer.log())
            return all(self.traced(pid) for pid in pids)
        procs.wait_for(attached, 10, "strace")

    @staticmethod
    def base(pid):
        try:
            return (os.readlink(f"/proc/{pid}/root"),
                    os.readlink(f"/proc/{pid}/cwd"))
        except OSError:
            return "/", "/"

    @staticmethod
    def traced(pid):
        try:
            with open(f"/proc/{pid}/status") as f:
                return int(re.search(r"^TracerPid:\s+(\d+)", f.read(),
                                     re.M).group(1)) != 0
        except FileNotFoundError:
            return True

    def stop(self):
        """End the recording; the processes go on."""
        if self.tracer.poll() is None:
            self.tracer.send_signal(signal.SIGINT)
            try:
                self.tracer.wait(30)
            except subprocess.TimeoutExpired:
                self.tracer.kill()
                self.tracer.wait()
        with open(self.output, errors="replace") as f:
            self.parse(f)

    def close(self):
        if self.tracer.poll() is None:
            self.stop()
        shutil.rmtree(self.before, ignore_errors=True)

    # From strace's lines to ops.

    def parse(self, lines):
        pending = {}
        for line in lines:
            m = LINE.match(line.rstrip("\n"))
            if not m:
                continue
            pid, time, text = m.group(1), float(m.group(2)), m.group(3)
            if text.endswith("<unfinished ...>"):
                start = text[:-len("<unfinished ...>")].rstrip()
                pending[pid] = (time, start, len(self.ops))
                continue
            begun = len(self.ops)
            m = re.match(r"<\.\.\. \w+ resumed>\s?(.*)$", text, re.S)
            if m and pid in pending:
                time, start, begun = pending.pop(pid)
                text = start + m.group(1)
            m = CALL.match(text)
            if m and m.group(3) not in ("?",) and int(m.group(3)) >= 0:
                if pid not in self.bases:
                    self.bases[pid] = self.base(pid)
                self.where = self.bases[pid]
                self.call(time, begun, m.group(1), m.group(2),
                          int(m.group(3)), m.group(4))

    def inside(self, path):
        """The path below the root, "" for the root, None for elsewhere."""
        if path == self.root:
            return ""
        if path.startswith(self.root + "/"):
            return path[len(self.root) + 1:]
        return None

    def descriptor(self, args):
        m = re.match(r"\d+<(.*?)>", args)
        return self.inside(unpath(m.group(1))) if m else None

    def paths(self, args):
        """Paths in the arguments, taken from their directory's descriptor
        where they are relative."""
        found = []
        for m in re.finditer(
                r'(?:(?:\d+|AT_FDCWD)<([^>]*)>, )?"((?:\\x..)*)"', args):
            name = unhex(m.group(2)).decode()
            root, cwd = self.where
            base = unpath(m.group(1)) if m.group(1) else cwd
            if name.startswith("/"):
                base, name = root, name.lstrip("/")
            found.append(self.inside(os.path.normpath(
                os.path.join(base, name))))
        return found

    def call(self, time, begun, name, args, result, opened):
        if name in UNSUPPORTED:
            if self.inside_any(args):
                raise RuntimeError(f"{name} is not supported")
        elif name in FLAGS:
            path = self.descriptor(args)
            if path is not None and re.search(r"F_SETFL.*O_APPEND", args):
                self.ops.append(Op(time, "append", path))
        elif name in ("syncfs", "sync"):
            self.ops.append(Op(time, "sync_all", begun))
        elif name in SYNC:
            path = self.descriptor(args)
            if path is not None:
                self.ops.append(Op(time, "sync", path, begun))
        elif name in DATA:
            path = self.descriptor(args)
            if path is not None:
                self.data(time, name, path, args, result)
        else:
            self.names(time, name, args, opened)

    def inside_any(self, args):
        return any(self.inside(unpath(p)) is not None
                   for p in re.findall(r"\d+<(.*?)>", args))

    def data(self, time, name, path, args, result):
        if name == "lseek":
            self.ops.append(Op(time, "seek", path, result))
            return
        numbers = [int(n) for n in re.findall(r", (-?\d+)(?=,|$)", args)]
        if name == "ftruncate":
            self.ops.append(Op(time, "truncate", path, numbers[-1]))
            return
        if name == "fallocate":
            if "KEEP_SIZE" not in args:
                self.ops.append(Op(time, "extend", path,
                                   numbers[-2] + numbers[-1]))
            return
        strings = list(STRING.finditer(args))
        if any(m.group(2) for m in strings):
            raise RuntimeError("a write too long to record")
        text = b"".join(unhex(m.group(1)) for m in strings)[:result]
        # Behind the data stand its length or count, then the offset.
        at = numbers[1] if name.startswith("pwrite") else None
        if at is not None and at < 0:
            at = None
        self.ops.append(Op(time, "write", path, at, text))

    def names(self, time, name, args, opened):
        paths = self.paths(args)
        if name in ("open", "openat", "creat"):
            path = self.inside(unpath(opened)) if opened else None
            if path is not None and ("O_CREAT" in args or name == "creat"
                                     or "O_TMPFILE" in args):
                self.ops.append(Op(time, "create", path))
            if path is not None and "O_APPEND" in args:
                self.ops.append(Op(time, "append", path))
            if path is not None and "O_TRUNC" in args:
                self.ops.append(Op(time, "truncate", path, 0))
        elif name.startswith("rename"):
            self.ops.append(Op(time, "rename", *paths[:2]))
        elif name.startswith("link"):
            # linkat(fd, "", ..., AT_EMPTY_PATH) names what fd is.
            source = paths[0]
            if "AT_EMPTY_PATH" in args:
                source = self.descriptor(args)
            self.ops.append(Op(time, "link", source, paths[-1]))
        elif name.startswith("unlink"):
            self.ops.append(Op(time, "unlink", paths[0]))
        elif name.startswith("mkdir"):
            self.ops.append(Op(time, "mkdir", paths[0]))

    # Replay.

    def cuts(self, most=None, seed=0):
        """Numbers of calls after which the power may fail: all of them, or
        so many at random, always with the first and the last."""
        every = list(range(len(self.ops) + 1))
        if most is None or len(every) <= most:
            return every
        chosen = random.Random(seed).sample(every[1:-1], most - 2)
        return sorted([every[0], every[-1]] + chosen)

    def time(self, k):
        """What was acknowledged before this had been promised when the
        power failed after k calls."""
        if k == 0:
            return self.ops[0].time if self.ops else 0
        return self.ops[k - 1].time

    def rebuild(self, k, way, target, seed=0):
        """The directory as found after power failed behind the k-th call."""
        Replay(self, k, way, seed).save(target)


class Replay:
    """Runs the ops forward, and holds beside the live tree of names the one
    that is safe."""

    def __init__(self, recorder, k, way, seed):
        if way not in WAYS:
            raise ValueError(way)
        self.way, self.random = way, random.Random(seed * 1000003 + k)
        self.live, self.folders = {}, set()
        for folder, _, names in os.walk(recorder.snapshot):
            base = os.path.relpath(folder, recorder.snapshot)
            base = "" if base == "." else base
            self.folders.add(base)
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    self.live[os.path.join(base, name)] = File(f.read())
        self.snapshot = recorder.snapshot
        self.safe = dict(self.live)
        # Changes of names that no sync covered: number of the call, the
        # directories to be synced, (path, file) pairs, and for the old name
        # of a rename the new one and its file: a rename loses not both.
        self.loose = []
        self.gone = {}          # unlinked, but perhaps still written to
        for n, op in enumerate(recorder.ops[:k]):
            getattr(self, "do_" + op.what)(n, *op.args)

    def file(self, path):
        """By name; one that has none any more shows " (deleted)"."""
        found = self.live.get(path)
        if found is None:
            path = path.removesuffix(" (deleted)")
            found = self.gone.get(path) or self.live.get(path)
        return found

    def name(self, n, *changes, moved=None):
        """Names come to mean files, or nothing (None): all at once."""
        changes = [c for c in changes if c[0] is not None]
        for path, file in changes:
            if file is None and path in self.live:
                self.gone[path] = self.live[path]
            self.put(self.live, path, file)
        folders = {os.path.dirname(path) for path, _ in changes}
        if moved is not None:
            folders.add(os.path.dirname(moved[0]))
        if folders:
            self.loose.append((n, folders, changes, moved))

    def do_create(self, n, path):
        if path in self.live:
            return
        if "(deleted)" in path:         # O_TMPFILE: it has no name yet
            self.gone[path.removesuffix(" (deleted)")] = File()
        else:
            self.name(n, (path, File()))

    def do_rename(self, n, source, to):
        file = self.live.get(source)
        if file is not None:
            self.name(n, (to, file))
            self.name(n, (source, None), moved=(to, file))

    def do_link(self, n, source, to):
        file = self.file(source) if source is not None else None
        if file is not None:
            self.name(n, (to, file))

    def do_unlink(self, n, path):
        if path in self.live:
            self.name(n, (path, None))

    def do_mkdir(self, _, path):
        if path is not None:
            self.folders.add(path)

    def change(self, n, path, *change):
        file = self.file(path)
        if file is not None:
            file.changes.append((n,) + change)
            file.size = change[1] if change[0] == "truncate" else \
                max(file.size, change[1])

    def do_write(self, n, path, at, text):
        file = self.file(path)
        if file is None:
            return
        if at is None:
            at = file.size if file.appends else file.position
            file.position = at + len(text)
        file.size = max(file.size, at + len(text))
        file.changes.append((n, "write", at, text))

    def do_append(self, _, path):
        file = self.file(path)
        if file is not None:
            file.appends = True

    def do_truncate(self, n, path, size):
        self.change(n, path, "truncate", size)

    def do_extend(self, n, path, size):
        self.change(n, path, "extend", size)

    def do_seek(self, _, path, position):
        file = self.file(path)
        if file is not None:
            file.position = position

    def do_sync(self, _, path, begun):
        if path in self.folders:
            self.settle(begun, path)
            return
        file = self.file(path)
        if file is not None:
            self.secure(file, begun)

    def do_sync_all(self, _, begun):
        self.settle(begun, None)
        for file in list(self.live.values()) + list(self.gone.values()):
            self.secure(file, begun)

    @staticmethod
    def secure(file, begun):
        done = sum(1 for c in file.changes if c[0] < begun)
        file.safe = max(file.safe, done)

    def settle(self, begun, folder):
        """Names of a directory, or of all, are safe from now on.  A file
        that was moved is safe when its new directory is."""
        left = []
        for n, folders, changes, moved in self.loose:
            if n < begun:
                folders = folders - {folder} if folder is not None else set()
            if folders:
                left.append((n, folders, changes, moved))
                continue
            for path, file in changes:
                self.put(self.safe, path, file)
        self.loose = left

    @staticmethod
    def put(names, path, file):
        if file is None:
            names.pop(path, None)
        else:
            names[path] = file

    def lucky(self):
        return self.way == "mixed" and self.random.random() < 0.5

    def contents(self, file):
        """The bytes of a file, without the unsafe changes that are lost."""
        text = bytearray(file.text)
        for i, (_, kind, *rest) in enumerate(file.changes):
            if i >= file.safe and self.way != "kept" and not self.lucky():
                # Its length may have come through where its bytes did not.
                if self.way == "names" and kind == "write":
                    kind, rest = "extend", [rest[0] + len(rest[1])]
                elif not (self.way == "names" and kind == "extend"):
                    continue
            if kind == "write":
                at, new = rest
                if len(text) < at:
                    text += bytes(at - len(text))
                text[at:at + len(new)] = new
            elif kind == "truncate":
                size = rest[0]
                del text[size:]
                text += bytes(size - len(text))
            elif len(text) < rest[0]:
                text += bytes(rest[0] - len(text))
        return bytes(text)

    def tree(self):
        names = dict(self.safe)
        for _, _, changes, moved in self.loose:
            if moved is not None and names.get(moved[0]) is not moved[1]:
                continue
            if self.way in ("kept", "names") or self.lucky():
                for path, file in changes:
                    self.put(names, path, file)
        return names

    def save(self, target):
        """The tree as it was found, into a directory."""
        os.makedirs(target, exist_ok=True)
        for folder in sorted(self.folders):
            path = os.path.join(target, folder)
            os.makedirs(path, exist_ok=True)
            self.like(folder, path)
        for name, file in self.tree().items():
            path = os.path.join(target, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as f:
                f.write(self.contents(file))
            os.chmod(path, 0o600)
            self.like(os.path.dirname(name), path)

    def like(self, folder, path):
        """The owner is that of the directory at the start: the top's for
        one that was not there."""
        st = os.stat(os.path.join(self.snapshot, folder)
                     if os.path.isdir(os.path.join(self.snapshot, folder))
                     else self.snapshot)
        if os.getuid() == 0:
            os.chown(path, st.st_uid, st.st_gid)
