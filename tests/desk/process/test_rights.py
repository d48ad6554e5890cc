"""The users of deploy/redis/users.acl have the rights they need, and no more."""

import re
from pathlib import Path

import pytest
from redis import Redis as BlockingRedis
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

import onduty_bot
import onduty_desk
import onduty_dispatcher
from onduty_desk.metrics.desk_figures import read_samples
from onduty_desk.model.bot_keys import HEARD
from onduty_desk.process.connection import connect
from onduty_desk.process.rights import BESIDES, SCRIPTS
from onduty_desk.process.starting import StartRefused, ready
from users import as_user, rules

PACKAGES = {"onduty-bot": "onduty_bot", "onduty-dispatcher": "onduty_dispatcher"}

USED_AT_START = {
    *("eval", "fcall", "function|list", "function|load", "function|delete"),
    *("ping", "subscribe", "info"),
}
OF_CONNECTIONS = {
    *("auth", "hello", "select", "client|setinfo", "client|id", "client|unblock"),
    *("client|setname", "client|list", "client|info", "multi", "exec", "discard"),
    *("watch", "unwatch", "unsubscribe", "evalsha", "script|load", "wait"),
}
"""Of redis-py and RQ: whoever lacks one gets Redis's own error."""


@pytest.mark.parametrize("user", PACKAGES)
async def test_the_rights_of_the_file_are_enough_to_start(
    user: str, redis: Redis, redis_url: str
) -> None:
    """Bot and dispatcher, each with its own; what was tried is deleted."""
    async with connect(as_user(redis_url, user)) as client:
        await ready(client, "42", PACKAGES[user])
    assert await redis.keys("*probe*") == []


@pytest.mark.parametrize("user", PACKAGES)
async def test_each_right_that_is_taken_away_is_refused_in_a_sentence(
    user: str, redis: Redis, redis_url: str
) -> None:
    """So the file has none that nobody needs, and none is missed only when it is used."""
    async with connect(as_user(redis_url, user)) as client:
        await ready(client, "42", PACKAGES[user])
    granted = [word[1:] for word in rules()[user] if word.startswith("+")]
    needed = [command for command in granted if command not in OF_CONNECTIONS]
    assert set(needed) >= USED_AT_START
    for command in needed:
        if command == "function|delete":  # only after an upgrade
            continue
        await redis.function_flush()
        acl = ("ACL", "SETUSER", user)
        await redis.execute_command(*acl, f"-{command}")  # type: ignore[no-untyped-call]
        try:
            async with connect(as_user(redis_url, user)) as client:
                with pytest.raises(StartRefused, match="needs ~onduty:"):
                    await ready(client, "42", PACKAGES[user])
        finally:
            await redis.execute_command(*acl, f"+{command}")  # type: ignore[no-untyped-call]
    assert await redis.keys("*probe*") == []


@pytest.mark.parametrize("user", [*PACKAGES, "onduty-sre"])
async def test_every_figure_can_be_read(user: str, redis: Redis, redis_url: str) -> None:
    """`/metrics` says the same of the desk whichever process is asked; so does `onduty status`."""
    await redis.set(HEARD, 1)
    async with connect(as_user(redis_url, user)) as client:
        found = {sample.name for sample in await read_samples(client, ["support"])}
    assert found == {sample.name for sample in await read_samples(redis, ["support"])}


ONLY_WHERE_A_TEST_ASKS = {"XADD"}
"""What conversations/decisions.lua does, if a test has made the stream: no desk needs the right."""


def test_every_command_of_a_script_is_tried_at_start() -> None:
    """A new one goes into `process/rights.py` and into the file."""
    for package in (onduty_desk, onduty_bot, onduty_dispatcher):
        (folder,) = package.__path__
        text = "".join(path.read_text() for path in Path(folder).rglob("*.lua"))
        used = set(re.findall(r"redis\.p?call(?:\(|, )\s*'([A-Z]+)'", text))
        tried = {command for command, *_ in (*SCRIPTS, *BESIDES.get(package.__name__, ()))}
        assert used - ONLY_WHERE_A_TEST_ASKS <= tried


@pytest.mark.parametrize(
    ("user", "command"),
    [
        ("onduty-bot", ("SET", "rq:queues", "1")),
        ("onduty-bot", ("SET", "another:key", "1")),
        ("onduty-dispatcher", ("SET", "another:key", "1")),
        ("onduty-dispatcher", ("FLUSHALL",)),
        ("onduty-dispatcher", ("CONFIG", "GET", "*")),
        ("onduty-backend", ("GET", "onduty:operator:1")),
        ("onduty-backend", ("SET", "onduty:public:availability:support", "{}")),
        ("onduty-backend", ("DEL", "onduty:accepted")),
        ("onduty-backend", ("FCALL", "any", "0")),
        ("onduty-rq-backend", ("GET", "onduty:message:m1")),
        ("onduty-rq-backend", ("RPUSH", "rq:queue:another", "j")),
        ("onduty-sre", ("ACL", "LIST")),
        ("onduty-sre", ("KEYS", "*")),
        ("onduty-sre", ("SHUTDOWN",)),
    ],
)
def test_what_is_not_theirs_is_refused(user: str, command: tuple[str, ...], redis_url: str) -> None:
    """Other keys, the server itself, and what only the desk may change."""
    with (
        BlockingRedis.from_url(as_user(redis_url, user)) as client,
        pytest.raises(NoPermissionError),
    ):
        client.execute_command(*command)


def test_a_backend_reads_what_is_public(redis_url: str) -> None:
    """What the desk writes for it."""
    with BlockingRedis.from_url(redis_url) as admin:
        admin.set("onduty:public:availability:support", "{}")
    with BlockingRedis.from_url(as_user(redis_url, "onduty-backend")) as client:
        assert client.get("onduty:public:availability:support") == b"{}"


def test_nobody_can_log_in_before_a_password_is_set() -> None:
    """The file as it is lets nobody in, and the default user is off."""
    users = rules()
    assert users.pop("default") == ["off"]
    assert all(words[:2] == ["on", "resetpass"] for words in users.values())
