"""`up --tls-cert --tls-key`: what cannot work is said before anything is started."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dispatch.cli.serving import Listening, children
from kit.processes.supervisor import ProcessesError


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate signed by itself, and its key."""
    cert, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(cert)],
        check=True, capture_output=True,
    )  # fmt: skip
    return cert, key


def test_a_certificate_and_its_key_are_given_to_the_web_server_and_asked_for_by_https(tmp_path: Path):
    cert, key = certificate(tmp_path, "a")
    listening = Listening("0.0.0.0", 8443, 1, cert, key)
    web = next(child for child in children("postgresql://x/x", listening, 8443) if child.name == "web")
    assert listening.scheme == "https"
    assert [str(cert), str(key)] == [
        web.argv[web.argv.index(name) + 1] for name in ("--ssl-certificate", "--ssl-keyfile")
    ]
    plain = Listening("127.0.0.1", 8000, 1)
    assert (plain.scheme, plain.tls()) == ("http", [])


def test_what_does_not_fit_together_is_said(tmp_path: Path):
    cert, key = certificate(tmp_path, "a")
    _, other = certificate(tmp_path, "b")
    for given, said in (
        ((cert, None), "takes both"),
        ((None, key), "takes both"),
        ((cert, other), "cannot be used together"),
        ((key, cert), "cannot be used together"),
    ):
        with pytest.raises(ProcessesError, match=said):
            Listening("127.0.0.1", 8443, 1, *given).tls()


def test_a_key_with_a_password_is_refused_and_not_asked_for(tmp_path: Path):
    cert, key = certificate(tmp_path, "a")
    locked = tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-in", str(key), "-out", str(locked), "-passout", "pass:secret"],
        check=True, capture_output=True,
    )  # fmt: skip
    with pytest.raises(ProcessesError, match="has a password"):
        Listening("127.0.0.1", 8443, 1, cert, locked).tls()
