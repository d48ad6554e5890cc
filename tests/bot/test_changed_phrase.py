import pytest
from redis.asyncio import Redis

from bot.phones import Running, answers, ask, next_answer, sign_in
from onduty_bot.signing_in.changed_phrase import notify_of_changed_phrase
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import SIGNED_OUT
from onduty_desk.process.outage import Outage
from onduty_desk.roster.operators import Roster, SignedOut
from onduty_desk.telegram.token import TokenWatch
from onduty_sandbox.client import Kind, Phone, Sandbox
from waiting import until

CHANGED = "The secret phrase has changed, so you've stopped receiving messages."


async def test_a_changed_phrase_signs_out_and_tells(
    anna: Phone, boris: Phone, running: Running, roster: Roster
) -> None:
    """Who left the team with the old phrase gets no more messages; the others know what to do."""
    async with running(groups={"billing": "pay day"}):
        await sign_in(anna)
        await sign_in(boris, "pay day")
    async with running(team_secret="a new one", groups={"billing": "pay day"}):
        assert (await next_answer(anna, 2)).startswith(CHANGED)
        assert [operator.id for operator in await roster.on_duty(["support", "billing"])] == [102]
        assert (await sign_in(anna, "open sesame")).startswith("Wrong secret phrase")
        assert (await ask(anna, "a new one")).startswith("You've started receiving messages")


async def test_the_same_phrase_signs_nobody_out(anna: Phone, running: Running) -> None:
    """A restart is not noticed."""
    async with running():
        await sign_in(anna)
    async with running():
        assert (await ask(anna, "/status")).startswith("You have been on duty")


async def test_two_bots_starting_at_once_tell_once(
    anna: Phone, running: Running, redis: Redis
) -> None:
    """However many bots start with the new phrase."""
    async with running():
        await sign_in(anna)
    async with running(team_secret="a new one"), running(team_secret="a new one"):
        await next_answer(anna, 2)
        await until(lambda: redis.exists(SIGNED_OUT), equals=0)
        await ask(anna, "/start")

    assert sum(text.startswith(CHANGED) for text in await answers(anna)) == 1


class OtherBotIsFaster(Roster):
    """Another bot notifies everybody right after ours has looked whom to notify."""

    async def not_yet_notified(self) -> list[SignedOut]:
        found = await super().not_yet_notified()
        for one in found:
            await self.mark_notified(one)
        return found


async def test_whom_another_bot_has_told_is_not_told_again(redis: Redis) -> None:
    """Though they were to be told when this one looked."""
    told: list[OperatorId] = []

    class Told:
        async def send(self, operator_id: OperatorId, _: str) -> None:
            told.append(operator_id)

    await redis.hset(SIGNED_OUT, "101", "en")
    await notify_of_changed_phrase(
        redis,
        OtherBotIsFaster(redis),
        Told(),  # type: ignore[arg-type]
        Outage(),
        TokenWatch(),
    )
    assert told == []


async def test_who_was_signed_out_by_a_killed_bot_is_told_by_the_next(
    anna: Phone, running: Running, redis: Redis
) -> None:
    """The telling survives a kill between signing out and telling."""
    async with running():
        await ask(anna, "/start")
    await redis.hset(SIGNED_OUT, "101", "en")
    async with running():
        assert (await next_answer(anna, 1)).startswith(CHANGED)
        await until(lambda: redis.exists(SIGNED_OUT), equals=0)


@pytest.mark.parametrize("fault", ["500", "429", "cut_before"])
async def test_telling_waits_until_telegram_is_back(
    anna: Phone, running: Running, redis: Redis, sandbox: Sandbox, fault: Kind
) -> None:
    """Trouble with the network does not swallow it."""
    async with running():
        await ask(anna, "/start")
    await redis.hset(SIGNED_OUT, "101", "ru")
    await sandbox.fault(fault, method="sendMessage")
    async with running():
        assert (await next_answer(anna, 1)).startswith("Секретная фраза изменилась")


async def test_who_has_blocked_the_bot_is_forgotten(
    anna: Phone, running: Running, redis: Redis, roster: Roster
) -> None:
    """Nothing is retried for ever."""
    async with running():
        await sign_in(anna)
    await anna.block()
    async with running(team_secret="a new one"):
        await until(lambda: roster.find(OperatorId(101)), equals=None)
        await until(lambda: redis.exists(SIGNED_OUT), equals=0)
