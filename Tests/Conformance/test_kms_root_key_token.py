"""The root key from a PKCS #11 token: SoftHSM, really started. The token's key stays in it, the PIN on no command line."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import tarn_server

PIN = "5021-secret-pin"
MODULES = [Path("/usr/lib/softhsm/libsofthsm2.so"), *Path("/usr/lib").glob("*/softhsm/libsofthsm2.so")]


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    """Makes tokens with AES keys in a SoftHSM of this module's own; gives the URI of a key."""
    module = next((path for path in MODULES if path.exists()), None)
    assert module and shutil.which("softhsm2-util"), "SoftHSM is missing: apt-get install softhsm2"
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    environment = {**os.environ, "SOFTHSM2_CONF": str(folder / "softhsm2.conf")}

    def run(*words):
        subprocess.run(["softhsm2-util", *words], env=environment, check=True, capture_output=True, timeout=30)

    def add(label, name, size=32, identifier="01"):
        (folder / "key").write_bytes(os.urandom(size // 2).hex().encode())
        run("--import", str(folder / "key"), "--aes", "--token", label, "--label", name, "--id", identifier, "--pin", PIN)

    run("--init-token", "--free", "--label", "tarn token", "--so-pin", "12345678", "--pin", PIN)
    add("tarn token", "root", identifier="01")
    add("tarn token", "other", identifier="02")
    add("tarn token", "short", size=16, identifier="03")
    add("tarn token", "twin", identifier="04")
    add("tarn token", "twin", identifier="05")

    def uri(path="token=tarn%20token;object=root", query=f"module-path={module}"):
        return f"pkcs11:{path}?{query}"

    uri.environment = environment
    uri.module = module
    return uri


def refused(data: Path, uri: str, token, pin: str | None = PIN) -> str:
    environment = {**token.environment, **({"TARN_PKCS11_PIN": pin} if pin else {})}
    done = subprocess.run(
        [str(tarn_server.binary()), "serve", "--port", str(tarn_server.free_port()), "--data", str(data), "--root-key", uri],
        env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert PIN not in done.stderr
    return lines[0].removeprefix("Error: ")


def test_the_token_opens_what_it_sealed(tmp_path, token, monkeypatch):
    for name, value in token.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TARN_PKCS11_PIN", PIN)
    server = tarn_server.Server(data=tmp_path / "data", log=tmp_path / "log", options=["--root-key", token()])
    sealed = None
    for _ in range(2):
        server.start()
        try:
            kms = tarn_server.client("kms", server.endpoint, "000000000000", "us-east-1", None, "test", "000000000000")
            if sealed is None:
                key = kms.create_key()["KeyMetadata"]["KeyId"]
                sealed = kms.encrypt(KeyId=key, Plaintext=b"kept")["CiphertextBlob"]
            assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"kept"
            # Children, and whoever looks at the process, do not find the PIN.
            assert PIN not in Path(f"/proc/{server.process.pid}/cmdline").read_text()
        finally:
            assert server.stop() == 0
    assert not (tmp_path / "data.root-key").exists()
    assert PIN not in (tmp_path / "log").read_text()
    assert not [path for path in server.data.rglob("*") if path.is_file() and PIN.encode() in path.read_bytes()]
    assert refused(server.data, token("token=tarn%20token;object=other"), token) == (
        f"the root key from the PKCS #11 token 'tarn token' (key 'other') is not the one that {server.data} is sealed with")
    file = tmp_path / "pin"
    file.write_text(PIN + "\n")
    file.chmod(0o600)
    by_file = token(query=f"module-path={token.module}&pin-source=file:{file}")
    file.chmod(0o644)
    assert refused(server.data, by_file, token, pin=None) == f"the PIN file {file} cannot be used: it can be read by others: chmod 600 it"
    file.chmod(0o600)
    monkeypatch.delenv("TARN_PKCS11_PIN")
    server.options = ["--root-key", by_file]
    server.start()
    try:
        assert kms.meta.endpoint_url
        again = tarn_server.client("kms", server.endpoint, "000000000000", "us-east-1", None, "test", "000000000000")
        assert again.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"kept"
    finally:
        assert server.stop() == 0


def test_what_is_missing_or_wrong_is_told_in_one_line(tmp_path, token):
    data = tmp_path / "data"
    name = "tarn token"
    assert refused(data, token(), token, pin=None) == (
        f"the PKCS #11 token '{name}' needs its PIN: set TARN_PKCS11_PIN, or pin-source in the URI")
    assert refused(data, token(), token, pin="0000") == f"the PKCS #11 token '{name}' does not accept the PIN"
    assert refused(data, token("token=elsewhere;object=root"), token) == f"the PKCS #11 module {token.module} has no token 'elsewhere'"
    assert refused(data, token("token=tarn%20token;object=nothing"), token) == f"the PKCS #11 token '{name}' has no secret key 'nothing'"
    assert "less than 32 bytes" in refused(data, token("token=tarn%20token;object=short"), token)
    assert "several secret keys 'twin'" in refused(data, token("token=tarn%20token;object=twin"), token)
    assert refused(data, token(query="module-path=/nowhere.so"), token).startswith("the PKCS #11 module /nowhere.so cannot be used")
    libc = next(Path("/lib").glob("*/libm.so.6"))
    assert "has no C_GetFunctionList" in refused(data, token(query=f"module-path={libc}"), token)


def test_uris_that_are_not_taken(tmp_path, token):
    data = tmp_path / "data"
    start = "--root-key does not take this PKCS #11 URI: "
    for uri, reason in {
        token(query=f"module-path={token.module}&pin-value={PIN}"): "a PIN does not belong into it; use TARN_PKCS11_PIN or pin-source",
        token("object=root"): "it needs token=LABEL or serial=NUMBER", token("token=a"): "it needs object=LABEL or id=BYTES",
        "pkcs11:token=a;object=b": "it needs ?module-path=/ABSOLUTE/PATH of the token's module",
        token("token=a;token=b;object=c"): "it has token twice", token("token=a%2;object=c"): "its attributes have the form NAME=VALUE",
        token("token=a;object=b;type=private"): "type is secret-key", token("token=a;object=b;x=y"): "Tarn does not know its attribute x",
    }.items():
        assert refused(data, uri, token) == start + reason
