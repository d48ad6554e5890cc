"""`rediss://` and `rediss+sentinel://`: encrypted, and only to whom the certificate is for."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from onduty import AsyncSupportDesk, CustomerMessage, DeskMisconfigured, SupportDesk
from onduty.wire import message_key

from .limits import a_message

Serve = Callable[[ssl.SSLSocket], None]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, signed by itself, with its key in the same file."""
    if not (openssl := shutil.which("openssl")):
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, signed = folder / "key.pem", folder / "certificate.pem"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    name = ("-subj", "/CN=desk", "-addext", "subjectAltName=IP:127.0.0.1")
    command = (openssl, "req", "-x509", *curve, "-days", "2", *name)
    subprocess.run([*command, "-keyout", key, "-out", signed], check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text(signed.read_text() + key.read_text())
    return both


@contextlib.contextmanager
def listening(certificate: Path, serve: Serve) -> Iterator[int]:
    """Serve each connection in a thread; give the port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer(plain: socket.socket) -> None:
            with (
                plain,
                contextlib.suppress(OSError),
                context.wrap_socket(plain, server_side=True) as encrypted,
            ):
                serve(encrypted)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threads.append(
                        threading.Thread(daemon=True, target=answer, args=(server.accept()[0],))
                    )
                    threads[-1].start()

        accepting = threading.Thread(daemon=True, target=accept)
        accepting.start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)
    for thread in (accepting, *threads):
        thread.join()


def to_redis(path: str) -> Serve:
    """Pass on what is said, one answer after one packet of commands."""

    def serve(encrypted: ssl.SSLSocket) -> None:
        with socket.socket(socket.AF_UNIX) as redis:
            redis.connect(path)

            def back() -> None:
                with contextlib.suppress(OSError):
                    while data := redis.recv(65_536):
                        encrypted.sendall(data)

            answering = threading.Thread(daemon=True, target=back)
            answering.start()
            while data := encrypted.recv(65_536):
                redis.sendall(data)
            redis.shutdown(socket.SHUT_RDWR)
            answering.join()

    return serve


def sentinel_of(port: int) -> Serve:
    """Answer as a sentinel that knows the master."""

    def serve(encrypted: ssl.SSLSocket) -> None:
        while asked := encrypted.recv(65_536):
            encrypted.sendall(b"+OK\r\n" * asked.count(b"SETINFO"))
            if b"GET-MASTER-ADDR-BY-NAME" in asked:
                answer = b"*2\r\n$9\r\n127.0.0.1\r\n$%d\r\n%d\r\n"
                encrypted.sendall(answer % (len(str(port)), port))

    return serve


async def push(url: str) -> list[str]:
    with SupportDesk(url, timeout_s=20) as desk:
        long = CustomerMessage(text="x" * 65_536, customer_name="Alice", recipient="The Shop")
        ids = desk.notify_many([a_message(), long])
    async with AsyncSupportDesk(url, timeout_s=20) as waiting:
        return [*ids, await waiting.notify(a_message())]


async def test_messages_go_encrypted(redis_url: str, certificate: Path) -> None:
    """To Redis, and to sentinels and the master that they name."""
    redis = to_redis(redis_url.removeprefix("unix://"))
    trust = f"ssl_ca_certs={certificate}"
    with listening(certificate, redis) as port:
        sent = await push(f"rediss://127.0.0.1:{port}/?{trust}")
        with listening(certificate, sentinel_of(port)) as sentinel:
            sent += await push(f"rediss+sentinel://127.0.0.1:{sentinel}/desk?{trust}")
        sent += await push(f"rediss://127.0.0.1:{port}/?ssl_cert_reqs=none")
    assert Redis.from_url(redis_url).exists(*map(message_key, sent)) == 9


async def test_a_certificate_of_another_is_no_outage(redis_url: str, certificate: Path) -> None:
    """A retry would not make it trusted."""
    with listening(certificate, to_redis(redis_url.removeprefix("unix://"))) as port:
        with pytest.raises(DeskMisconfigured, match="CERTIFICATE_VERIFY_FAILED"):
            SupportDesk(f"rediss://127.0.0.1:{port}").ping()
        with pytest.raises(DeskMisconfigured, match="CERTIFICATE_VERIFY_FAILED"):
            await AsyncSupportDesk(f"rediss://127.0.0.1:{port}").ping()
        with pytest.raises(DeskMisconfigured, match="match"):
            SupportDesk(f"rediss://localhost:{port}/?ssl_ca_certs={certificate}").ping()
        unchecked = (
            f"rediss://localhost:{port}/?ssl_ca_certs={certificate}&ssl_check_hostname=false"
        )
        SupportDesk(unchecked, timeout_s=20).ping()


def test_tls_where_there_is_none_is_no_outage() -> None:
    """The scheme is wrong, not the server."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with server.accept()[0] as connection:
                connection.recv(65_536)
                connection.sendall(b"-ERR unknown command\r\n")

        answering = threading.Thread(daemon=True, target=answer)
        answering.start()
        with pytest.raises(DeskMisconfigured, match="SSL"):
            SupportDesk(f"rediss://127.0.0.1:{server.getsockname()[1]}").ping()
        answering.join()


def test_a_certificate_file_that_is_not_there_is_told_at_once() -> None:
    """When the desk is made, with the name of the file."""
    with pytest.raises(ValueError, match="ssl_ca_certs"):
        SupportDesk("rediss://h?ssl_ca_certs=/nowhere.pem")
