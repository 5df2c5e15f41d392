"""Starts, kills and restarts the Tarn binary under test, and makes clients for it.

The suites below Tests/ that look at the server from outside share this file.
`TARN_BINARY` names the binary; without it the release build, else the debug build, of this repository is taken.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 30
STOP_SECONDS = 20
LOG_TAIL_LINES = 60


class ServerFailed(Exception):
    """The server ended or never answered; the text ends with its log."""


def binary() -> Path:
    named = os.environ.get("TARN_BINARY")
    candidates = [Path(named)] if named else [REPOSITORY / ".build" / kind / "tarn" for kind in ("release", "debug")]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise ServerFailed(f"no tarn binary at {' or '.join(map(str, candidates))}; build one, or set TARN_BINARY")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server process on loopback. Its log (standard error) is appended to across restarts."""

    def __init__(
        self, data: Path, log: Path, port: int | None = None, options: list[str] | None = None, within: list[str] | None = None,
    ) -> None:
        """`options`: further words of the command line; `within`: a command that becomes the server, as prlimit(1) does."""
        self.options = options or []
        self.within = within or []
        self.data = data
        self.log = log
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.last_start_seconds = 0.0

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self.process is not None, "the server was not started"
        return self.process.pid

    def launch(self) -> None:
        """Starts the process, and does not wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.within, str(binary()), "serve", "--port", str(self.port), "--data", str(self.data), *self.options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )

    def start(self) -> None:
        """Returns when /_tarn/health answers; fails at once when the process ends, or after START_SECONDS."""
        began = time.monotonic()
        self.launch()
        assert self.process is not None
        while not self.is_healthy():
            if self.process.poll() is not None:
                raise ServerFailed(f"tarn serve ended with code {self.process.returncode}\n{self.log_tail()}")
            if time.monotonic() - began > START_SECONDS:
                self.kill()
                raise ServerFailed(f"tarn serve did not answer within {START_SECONDS} s\n{self.log_tail()}")
            time.sleep(0.01)
        self.last_start_seconds = time.monotonic() - began

    def is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/_tarn/health", timeout=2) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """kill -9, and the end of the process seen."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, then SIGKILL after STOP_SECONDS. Gives the exit code (negative: the signal that ended it)."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.process.returncode

    def log_tail(self, lines: int = LOG_TAIL_LINES) -> str:
        if not self.log.exists():
            return "(no log)"
        text = self.log.read_text(errors="replace").splitlines()
        return f"--- the last lines of {self.log}\n" + "\n".join(text[-lines:])

    def advance(self, seconds: int) -> dict[str, Any]:
        """Moves the server's clock; returns when whatever fell due has run."""
        request = urllib.request.Request(
            f"{self.endpoint}/_tarn/clock/advance", data=json.dumps({"seconds": seconds}).encode(),
            headers={"Content-Type": "application/json"}, method="POST")
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)


def client(service: str, endpoint: str, account: str, region: str = "us-east-1", token: str | None = None,
           secret: str = "test", key: str | None = None, **config: Any) -> Any:
    """A boto3 client that never retries, so that every refusal is seen."""
    return session(account, region, token, secret, key).client(service, endpoint_url=endpoint, config=settings(**config))


def session(account: str, region: str = "us-east-1", token: str | None = None, secret: str = "test",
            key: str | None = None) -> boto3.Session:
    return boto3.Session(key or account, secret, token, region)


def settings(**config: Any) -> Config:
    wanted: dict[str, Any] = {
        "retries": {"total_max_attempts": 1, "mode": "standard"},
        "connect_timeout": 5,
        "read_timeout": 60,
        "max_pool_connections": 64,
        **config,
    }
    s3 = {"addressing_style": "path", **wanted.pop("s3", {})}
    return Config(s3=s3, **wanted)


def clean_environment() -> None:
    """Nothing of the machine's own AWS set-up may reach a client here."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["AWS_CONFIG_FILE"] = os.devnull
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        os.environ.pop(name, None)
    os.environ["NO_PROXY"] = "*"


def keep_log(log: Path, name: str) -> Path:
    """Copies the log to where ./test keeps its own, and says where."""
    kept = REPOSITORY / ".setup" / "logs" / f"{name}.log"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(log, kept)
    return kept
