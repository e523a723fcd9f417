"""process.py - child processes that always end, and free ports."""

import shutil
import signal
import socket
import subprocess

from environment import PATIENCE

# Every child that runs or whose end was not looked at: their logs are shown
# when a test fails.
LIVE = []

LOG_TAIL = 60  # lines


class Child:
    """A daemon in the foreground; what it prints goes to a new log in FOLDER."""

    def __init__(self, name, argv, folder, environment=None):
        self.log = folder / f"{name}.log"
        for number in range(2, 100):
            if not self.log.exists():
                break
            self.log = folder / f"{name}-{number}.log"
        # The child ends with pytest also where pytest is killed.
        if shutil.which("setpriv"):
            argv = ["setpriv", "--pdeathsig", "TERM", "--", *argv]
        with open(self.log, "wb") as output:
            self.process = subprocess.Popen(
                [str(arg) for arg in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment,
            )
        LIVE.append(self)

    @property
    def pid(self):
        return self.process.pid

    def running(self):
        return self.process.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def tail(self):
        return "\n".join(self.text().splitlines()[-LOG_TAIL:])

    def wait(self, seconds=10):
        """Its exit status, once it has ended by itself."""
        return self.process.wait(seconds * PATIENCE)

    def stop(self):
        """End it, by force if need be; its exit status (negative: signal)."""
        if self.running():
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        if self in LIVE:
            LIVE.remove(self)
        return status


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False


def free_port(tries=50):
    """A port that is free for UDP and TCP on each loopback address."""
    families = [(socket.AF_INET, "127.0.0.1")]
    if has_ipv6():
        families.append((socket.AF_INET6, "::1"))
    for _ in range(tries):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
        try:
            for family, address in families:
                for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                    with socket.socket(family, kind) as probe:
                        probe.bind((address, port))
            return port
        except OSError:
            continue
    raise RuntimeError("no free port on the loopback addresses")
