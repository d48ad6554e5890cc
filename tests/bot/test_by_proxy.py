"""The whole program behind a company's proxy, which alone reaches Telegram."""

import asyncio
import shutil
import ssl
import subprocess
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from bot.phones import ask
from front import fronting
from onduty_sandbox.client import Phone, Sandbox
from small_proxy import PASSWORD, proxying

HOST = "telegram.example"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate and its key, in one file, for a Telegram of our own."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    made = tmp_path / "telegram.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-keyout", str(made), "-out", str(tmp_path / "cert.pem"), "-subj", f"/CN={HOST}"),
            *("-addext", f"subjectAltName=DNS:{HOST}"),
        ],
        check=True,
        capture_output=True,
    )
    made.write_text(made.read_text() + (tmp_path / "cert.pem").read_text())
    return made


async def test_the_bot_works_behind_a_proxy_of_the_environment(
    anna: Phone, sandbox: Sandbox, service_environment: dict[str, str], certificate: Path
) -> None:
    """By `HTTPS_PROXY`, with its password, in a tunnel; the log has neither password nor token."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with (
        fronting(sandbox, {service_environment["ONDUTY_BOT_TOKEN"]}, tls) as telegram,
        proxying(telegram.url) as proxy,
    ):
        bot = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "onduty_bot"),
            env={
                **service_environment,
                "ONDUTY_TELEGRAM_API_URL": f"https://{HOST}",
                "HTTPS_PROXY": proxy.url,
                "SSL_CERT_FILE": str(certificate),
            },
            cwd="/",
            stderr=PIPE,
        )
        try:
            assert (await ask(anna, "/start")).startswith("Welcome")
        finally:
            bot.terminate()
            _, log = await bot.communicate()
        assert set(proxy.asked) == {f"CONNECT {HOST}:443 HTTP/1.1"}
    assert f"http://127.0.0.1:{proxy.port}" in log.decode()
    assert PASSWORD not in log.decode()
    assert "%20word" not in log.decode()
    assert "sandbox-token" not in log.decode()
