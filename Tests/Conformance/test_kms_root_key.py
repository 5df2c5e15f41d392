"""The root key is kept apart from the data; without it, or with another, the server does not start and says why."""

from __future__ import annotations

import base64
import os
import stat
import subprocess
from pathlib import Path

import pytest
import tarn_server


def refused(data: Path, *options: str, key: str | None = None) -> str:
    environment = {**os.environ, **({"TARN_ROOT_KEY": key} if key else {})}
    done = subprocess.run(
        [str(tarn_server.binary()), "serve", "--port", str(tarn_server.free_port()), "--data", str(data), *options],
        env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def test_the_root_key_is_needed_and_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = tarn_server.Server(data=tmp_path / "data", log=tmp_path / "log")
    file = tmp_path / "data.root-key"
    server.start()
    try:
        kms = tarn_server.client("kms", server.endpoint, "000000000000", "us-east-1", None, "test", "000000000000")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        sealed = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
    finally:
        assert server.stop() == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not [path for path in server.data.rglob("*") if path.is_file() and file.read_bytes().strip() in path.read_bytes()]

    other = base64.b64encode(os.urandom(32)).decode()
    assert refused(server.data, key=other) == (
        f"Error: the root key from TARN_ROOT_KEY is not the one that {server.data} is sealed with")
    assert "PKCS #11" in refused(server.data, "--root-key", "pkcs11:token=x")
    file.chmod(0o644)
    assert refused(server.data) == f"Error: the root key {file} can be read by others: chmod 600 it"
    file.chmod(0o600)
    moved = file.rename(tmp_path / "elsewhere")
    assert refused(server.data).startswith(f"Error: the root key {file} is missing: put it back")
    assert not file.exists()

    monkeypatch.setenv("TARN_ROOT_KEY", moved.read_text().strip())
    server.start()
    try:
        assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"kept"
    finally:
        assert server.stop() == 0
