"""The servers to compare: started on loopback with data of their own, watched in /proc, ended by process id."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from signing import Signer

REPOSITORY = Path(__file__).resolve().parents[1]
PEER = REPOSITORY / ".setup" / "peers" / "ministack"
START_SECONDS = 30
STOP_SECONDS = 20
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    name = ""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.log = home / "log"
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.start_seconds = 0.0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        raise NotImplementedError

    def choose_port(self) -> int:
        return free_port()

    def environment(self) -> dict[str, str]:
        raise NotImplementedError

    def version(self) -> str:
        raise NotImplementedError

    def start(self) -> None:
        """Returns when a signed ListBuckets has been answered with 200, and keeps how long that took."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.port = self.choose_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        probe = Signer(self.host, "s3").request("GET", "/")
        with self.log.open("ab") as log:
            began = time.perf_counter()
            self.process = subprocess.Popen(
                self.command(), env={**kept, **self.environment()}, cwd=self.home, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)
        while not self._answers(probe):
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with code {self.process.returncode}: see {self.log}")
            if time.perf_counter() - began > START_SECONDS:
                self.stop()
                raise RuntimeError(f"{self.name} did not answer within {START_SECONDS} s: see {self.log}")
            time.sleep(0.002)
        self.start_seconds = time.perf_counter() - began

    def _answers(self, probe: bytes) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(probe)
                return connection.recv(12).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def send(self, connection: http.client.HTTPConnection, message: bytes) -> tuple[int, bytes]:
        """Sends a message of `Signer` as it is, and gives the answer's status and body."""
        if connection.sock is None:
            connection.connect()
        connection.sock.sendall(message)
        answer = http.client.HTTPResponse(connection.sock, method=message.split(b" ", 1)[0].decode())
        answer.begin()
        body = answer.read()
        if answer.will_close:
            connection.close()
        return answer.status, body

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def _tree(self) -> list[int]:
        """The server's process and everything below it."""
        assert self.process is not None
        found = [self.process.pid]
        for pid in found:
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                try:
                    found += map(int, task.read_text().split())
                except OSError:
                    continue  # the thread has ended since
        return found

    def cpu_seconds(self) -> float:
        total = 0
        for pid in self._tree():
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory(self, field: str) -> float:
        """Megabytes (10^6) over all of the server's processes. `field`: VmRSS (now) or VmHWM (the highest so far)."""
        total = 0
        for pid in self._tree():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(field + ":"):
                    total += int(line.split()[1]) * 1024
        return total / 1e6


class Tarn(Server):
    name = "tarn"

    def command(self) -> list[str]:
        return [os.environ["TARN_BINARY"], "serve", "--port", str(self.port), "--data", str(self.home / "data"),
                "--log-level", "warning"]

    def environment(self) -> dict[str, str]:
        return {"TARN_HOME": str(REPOSITORY)}

    def version(self) -> str:
        commit = subprocess.run(
            ["git", "-C", str(REPOSITORY), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
        binary = Path(os.environ["TARN_BINARY"])
        if binary != REPOSITORY / ".build" / "release" / "tarn":
            # Built from who knows what: this tree's commit says nothing of it.
            return f"a binary of {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime(binary.stat().st_mtime))}"
        return f"commit {commit.stdout.strip() or 'unknown'}"


class MiniStack(Server):
    name = "ministack"

    def command(self) -> list[str]:
        return [str(PEER / "bin" / "ministack")]

    def environment(self) -> dict[str, str]:
        # As it comes: state in memory, nothing written to disk.
        return {"GATEWAY_PORT": str(self.port), "BIND_HOST": "127.0.0.1", "LOG_LEVEL": "WARNING",
                "HOME": str(self.home), "TMPDIR": str(self.home), "STATE_DIR": str(self.home / "state"),
                "S3_DATA_DIR": str(self.home / "s3")}

    def version(self) -> str:
        pins = (REPOSITORY / "Benchmarks" / "peers.txt").read_text().splitlines()
        return next(pin.split("==")[1] for pin in pins if pin.startswith("ministack=="))


SERVERS = [Tarn, MiniStack]
