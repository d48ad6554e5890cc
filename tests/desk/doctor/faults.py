"""Faults that a test plants in a desk that is well."""

import json
import time

from telegram import Bot

from onduty.wire import ACCEPTED
from onduty_desk.availability.groups import Groups
from onduty_desk.model.bot_keys import HEARD
from onduty_desk.model.event_keys import EVENTS_DUE
from onduty_desk.model.keys import (
    BOT,
    FAILED,
    PROCESS_IDS,
    PROCESSES,
    TELEGRAM,
    TEST_CLOCK_OFFSET,
    OperatorId,
    claims_key,
    process_key,
    waiting_key,
)
from onduty_desk.model.roster_keys import GROUP_RULES, ON_DUTY, PAUSED, duty_key, operator_key
from onduty_desk.telegram.token import REFUSED

from .conftest import Patient

NORMAL = 10**14
ANNA = "1"
HOOK = "https://desk.example/hook/of/secrets"
OTHER_TOKEN = "42:another-token-that-was-rotated-9876543"


def minutes_ago(minutes: float) -> float:
    return round((time.time() - 60 * minutes) * 1000)


async def no_token(patient: Patient) -> None:
    patient.set("BOT_TOKEN", "")


async def weak_phrase(patient: Patient) -> None:
    patient.set("TEAM_SECRET", "open sesame")


async def open_file(patient: Patient) -> None:
    (patient.folder / ".env").chmod(0o644)


async def open_secret(patient: Patient) -> None:
    (patient.folder / "secrets").mkdir()
    (patient.folder / "secrets").chmod(0o755)
    (patient.folder / "secrets" / "onduty_webhook_secret").write_text("abc")
    (patient.folder / "secrets" / "onduty_webhook_secret").chmod(0o644)


async def password_too_many(patient: Patient) -> None:
    patient.set("REDIS_URL", patient.server.url.replace("unix://", "unix://:hunter2@"))


async def no_redis(patient: Patient) -> None:
    patient.set("REDIS_URL", patient.sandbox.base_url.replace("http://", "redis://"))


async def wrong_password(patient: Patient) -> None:
    patient.set("REDIS_URL", patient.server.url.replace("unix://", "unix://anna:hunter2@"))


async def evicts(patient: Patient) -> None:
    await patient.redis.config_set("maxmemory-policy", "allkeys-lru")


async def keeps_nothing(patient: Patient) -> None:
    await patient.redis.config_set("appendonly", "no")


async def seldom_synced(patient: Patient) -> None:
    await patient.redis.config_set("appendfsync", "no")


async def short_of_memory(patient: Patient) -> None:
    await patient.redis.setrange("onduty:message:of-40-MB", 40_000_000, "x")
    used = (await patient.redis.info("memory"))["used_memory"]
    await patient.redis.config_set("maxmemory", int(used * 1.06))


async def no_replica(patient: Patient) -> None:
    patient.set("WAIT_REPLICAS", "1")


async def is_replica(patient: Patient) -> None:
    await patient.redis.replicaof("127.0.0.1", "1")


async def no_right(patient: Patient) -> None:
    rights = ("on", "nopass", "~onduty:*", "~rq:*", "&onduty:*", "+@all", "-@dangerous", "+info")
    acl = ("ACL", "SETUSER", "desk", *rights, "-zadd")
    await patient.redis.execute_command(*acl)  # type: ignore[no-untyped-call]  # redis-py's
    patient.set("REDIS_URL", patient.server.url.replace("unix://", "unix://desk:any@"))


async def moved_clock(patient: Patient) -> None:
    await patient.redis.set(TEST_CLOCK_OFFSET, 60_000)


async def wrong_type(patient: Patient) -> None:
    await patient.redis.set(ACCEPTED, "another program's")


async def another_bot(patient: Patient) -> None:
    await patient.redis.set(BOT, "4711")


async def refused_token(patient: Patient) -> None:
    patient.set("BOT_TOKEN", OTHER_TOKEN)


async def no_telegram(patient: Patient) -> None:
    patient.set("TELEGRAM_API_URL", "http://127.0.0.1:1")


async def call_webhook(patient: Patient, url: str = HOOK) -> None:
    async with Bot(
        "42:sandbox-token-for-tests-0123456789", f"{patient.sandbox.base_url}/bot"
    ) as bot:
        await bot.set_webhook(url)


async def webhook_not_set(patient: Patient) -> None:
    patient.set("WEBHOOK_URL", HOOK)
    patient.set("WEBHOOK_SECRET", "abc")


async def webhook_elsewhere(patient: Patient) -> None:
    await webhook_not_set(patient)
    await call_webhook(patient, "https://other.example/hook")


async def no_bot(patient: Patient) -> None:
    await patient.redis.zrem(PROCESSES, "bot here 1")


async def no_dispatcher(patient: Patient) -> None:
    await patient.redis.zrem(PROCESSES, "dispatcher here 2")


async def unwell(patient: Patient) -> None:
    await process(patient, "bot", trouble="stuck for more than 30 s: handling")


async def refused_at_work(patient: Patient) -> None:
    """Its processes have the old token, this command has it, too, and nothing is read."""
    await refused_token(patient)
    await refused_for_processes(patient)


async def refused_for_processes(patient: Patient) -> None:
    """The processes have the old token, this command has the new one."""
    await process(patient, "bot", trouble=REFUSED, receives_by="polling")
    await process(patient, "dispatcher", trouble=f"{REFUSED}; and more")
    await unread(patient)


async def unread_by_polling(patient: Patient) -> None:
    await process(patient, "bot", receives_by="polling")
    await unread(patient)


async def silent(patient: Patient) -> None:
    await process(patient, "dispatcher", seen_ms=minutes_ago(1))


async def process(patient: Patient, service: str, **more: object) -> None:
    record = {"service": service, "host": "here", "pid": 7, "version": "0.1.0"}
    record |= {"started_ms": minutes_ago(9), "seen_ms": minutes_ago(0), **more}
    process_id = f"{service}-{len(more)}-{more.get('version')}"
    await patient.redis.set(process_key(process_id), json.dumps(record))
    await patient.redis.zadd(PROCESS_IDS, {process_id: minutes_ago(0)})


async def two_versions(patient: Patient) -> None:
    await process(patient, "bot")
    await process(patient, "dispatcher", version="0.2.0")


async def paused(patient: Patient) -> None:
    await patient.redis.hset(TELEGRAM, "away_since_ms", str(minutes_ago(5)))
    await patient.redis.hset(TELEGRAM, "reason", "502 from a proxy")


async def unread(patient: Patient) -> None:
    await patient.redis.set(HEARD, minutes_ago(3))


async def nobody(patient: Patient) -> None:
    await patient.redis.zadd(waiting_key("support"), {"c1": NORMAL + minutes_ago(1)})


async def on_duty(patient: Patient, field: str = "limit", value: str = "0") -> None:
    """Let somebody be on duty who owns one customer, while another waits for long."""
    await patient.redis.hset(operator_key(OperatorId(1)), "group", "support")
    await patient.redis.hset(operator_key(OperatorId(1)), field, value)
    for key in (ON_DUTY, duty_key("support")):
        await patient.redis.zadd(key, {ANNA: 1})
    await patient.redis.zadd(claims_key(OperatorId(1)), {"c0": 1})
    await patient.redis.hset("onduty:conversation:c0", mapping={"owner": ANNA, "group": "support"})
    await patient.redis.zadd(waiting_key("support"), {"c1": NORMAL + minutes_ago(100)})


async def at_their_limit(patient: Patient) -> None:
    await on_duty(patient, "limit", "1")
    await Groups(patient.redis, ["support"]).look("five")


async def at_the_capacity(patient: Patient) -> None:
    await patient.redis.hset(GROUP_RULES, "support", '{"capacity": 1}')
    await on_duty(patient)
    await Groups(patient.redis, ["support"]).look("five")


async def all_pause(patient: Patient) -> None:
    await on_duty(patient, "paused_ms", "1")
    await patient.redis.zadd(PAUSED, {ANNA: 9e15})
    await Groups(patient.redis, ["support"]).look("five")


async def enough_room(patient: Patient) -> None:
    await on_duty(patient, "limit", "2")
    await Groups(patient.redis, ["support"]).look("five")


async def old_backlog(patient: Patient) -> None:
    await patient.redis.zadd(waiting_key("support"), {"c1": NORMAL + minutes_ago(100)})
    for key in (ON_DUTY, duty_key("support")):
        await patient.redis.zadd(key, {"1": 1})


async def not_routed(patient: Patient) -> None:
    await patient.redis.zadd(ACCEPTED, {"c1": NORMAL + minutes_ago(3)})


async def undelivered(patient: Patient) -> None:
    await patient.redis.zadd(EVENTS_DUE, {"c1": 1})


async def unwanted(patient: Patient) -> None:
    patient.set("EVENTS_JOB", "shop.events.on_event")


async def failed(patient: Patient) -> None:
    await patient.redis.zadd(FAILED, {"delivery-1": 1})


async def other_version(patient: Patient) -> None:
    library = "#!lua name=onduty_desk_older\nredis.register_function('f', function() return 1 end)"
    await patient.redis.function_load(library)
