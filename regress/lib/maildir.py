"""Reading of Maildirs and mboxes, as a mail user agent would."""

import email
import os
import re

import procs


class Maildir:
    def __init__(self, path):
        self.path = path

    def files(self):
        """Paths of all messages, new ones and seen ones."""
        found = []
        for part in ("new", "cur"):
            folder = os.path.join(self.path, part)
            try:
                found += [os.path.join(folder, n) for n in os.listdir(folder)
                          if not n.startswith(".")]
            except FileNotFoundError:
                pass
        return sorted(found)

    def leftovers(self):
        """Names in tmp: a delivery that is running or died."""
        try:
            return os.listdir(os.path.join(self.path, "tmp"))
        except FileNotFoundError:
            return []

    def count(self):
        return len(self.files())

    def raw(self):
        """The messages as bytes."""
        messages = []
        for path in self.files():
            with open(path, "rb") as f:
                messages.append(f.read())
        return messages

    def messages(self):
        return [email.message_from_bytes(m) for m in self.raw()]

    def wait(self, n, timeout=20.0):
        """Wait for at least n messages; they are returned as bytes."""
        procs.wait_for(lambda: self.count() >= n, timeout,
                       f"{n} messages in {self.path} "
                       f"({self.count()} at the start)")
        return self.raw()

    def ids(self, header=b"X-Regress-Id"):
        """Values of a header field over all messages, for crash tests."""
        found = []
        for raw in self.raw():
            m = re.search(rb"^" + header + rb": *(\S+)", raw, re.M)
            found.append(m.group(1).decode() if m else None)
        return found

    def clear(self):
        for path in self.files():
            os.unlink(path)


class Mbox:
    """Messages begin with a From_ line after an empty line or at the top."""

    def __init__(self, path):
        self.path = path

    def raw(self):
        try:
            with open(self.path, "rb") as f:
                text = f.read()
        except FileNotFoundError:
            return []
        starts = [m.start() for m in
                  re.finditer(rb"(?:\A|(?<=\n\n))From ", text)]
        return [text[a:b] for a, b in zip(starts, starts[1:] + [len(text)])]

    def count(self):
        return len(self.raw())

    def wait(self, n, timeout=20.0):
        procs.wait_for(lambda: self.count() >= n, timeout,
                       f"{n} messages in {self.path}")
        return self.raw()
