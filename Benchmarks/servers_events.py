"""moto's server, the second peer of Benchmarks/events."""

from __future__ import annotations

import socket

from servers import REPOSITORY, MiniStack, Server, Tarn

PEER = REPOSITORY / ".setup" / "peers" / "moto"


class Moto(Server):
    name = "moto"

    def command(self) -> list[str]:
        return [str(PEER / "bin" / "moto_server"), "-H", "127.0.0.1", "-p", str(self.port)]

    def environment(self) -> dict[str, str]:
        # As it comes: state in memory. What it says of each request would cost it time.
        return {"HOME": str(self.home), "TMPDIR": str(self.home), "MOTO_ACCOUNT_ID": "000000000000"}

    def version(self) -> str:
        pins = (REPOSITORY / "Benchmarks" / "peers-moto.txt").read_text().splitlines()
        return next(pin.split("==")[1] for pin in pins if pin.startswith("moto=="))

    def _answers(self, probe: bytes) -> bool:
        # It speaks HTTP/1.0.
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(probe)
                return connection.recv(12)[8:] == b" 200"
        except OSError:
            return False


SERVERS: list[type[Server]] = [Tarn, MiniStack, Moto]
