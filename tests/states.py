"""States in which Redis answers but cannot, caused for real and ended again."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

from redis import Redis
from redis.exceptions import RedisError

from servers import Valkey

STATES = ("OOM", "READONLY", "NOREPLICAS", "MISCONF", "BUSY", "NOAUTH", "frozen", "gone", "cut")
_CUT_EVERY_S = 0.5


@contextmanager
def state(name: str, server: Valkey) -> Iterator[None]:
    """Let the server be in this state."""
    with Redis.from_url(server.url) as client:
        match name:
            case "OOM":
                with _set(client, "maxmemory", "1", "0"):
                    yield
            case "NOREPLICAS":
                with _set(client, "min-replicas-to-write", "1", "0"):
                    yield
            case "NOAUTH":
                with _password(client):
                    yield
            case "READONLY":
                client.replicaof("127.0.0.1", "1")
                yield
                client.replicaof("no", "one")
            case "MISCONF":
                with _no_saving(client, server.folder):
                    yield
            case "BUSY":
                with _long_script(server):
                    yield
            case "frozen":
                server.freeze()
                yield
                server.thaw()
            case "gone":
                server.kill()
                yield
                server.start()
            case "cut":
                with _cutting(client):
                    yield


@contextmanager
def _set(client: Redis, name: str, value: str, before: str) -> Iterator[None]:
    client.config_set(name, value)
    yield
    client.config_set(name, before)


@contextmanager
def _password(client: Redis) -> Iterator[None]:
    client.config_set("requirepass", "hunter2")
    client.client_kill_filter(_type="normal", skipme=True)
    client.client_kill_filter(_type="pubsub", skipme=True)
    yield
    client.config_set("requirepass", "")


@contextmanager
def _no_saving(client: Redis, folder: Path) -> Iterator[None]:
    """Let a save fail, as on a full disk: in its file's place there is a folder."""
    in_its_place = folder / "dump.rdb"
    in_its_place.mkdir()
    (in_its_place / "full").touch()
    client.config_set("save", "3600 1000000")
    client.bgsave()
    while client.info("persistence")["rdb_last_bgsave_status"] != "err":
        time.sleep(0.02)
    yield
    client.config_set("save", "")
    shutil.rmtree(in_its_place)


@contextmanager
def _long_script(server: Valkey) -> Iterator[None]:
    def run() -> None:
        with Redis.from_url(server.url) as client, suppress(RedisError):
            client.eval("while true do end", 0)

    with Redis.from_url(server.url) as client:
        client.config_set("busy-reply-threshold", "1")
        running = Thread(target=run)
        running.start()
        with suppress(RedisError):
            while client.ping():
                time.sleep(0.01)
        yield
        client.script_kill()
        running.join()


@contextmanager
def _cutting(client: Redis) -> Iterator[None]:
    cutting = True

    def cut() -> None:
        while cutting:
            for kind in ("normal", "pubsub"):
                client.client_kill_filter(_type=kind, skipme=True)
            time.sleep(_CUT_EVERY_S)

    running = Thread(target=cut)
    running.start()
    yield
    cutting = False
    running.join()
