"""The bot gets a new token at @BotFather: whoever is on duty stays on duty."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from bot.phones import Running, answers, ask, next_answer, sign_in
from bot.test_changed_phrase import CHANGED
from front import fronting
from onduty_bot.signing_in.phrases import Phrases
from onduty_desk.model.keys import OperatorId
from onduty_desk.model.roster_keys import PHRASES, operator_key
from onduty_desk.roster.known_phrases import check_of, recognise
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import Phone, Sandbox

ANNA, BORIS = OperatorId(101), OperatorId(102)
NEW = "42:the-new-token-after-a-rotation-01234"
THIRD = "42:the-token-after-one-more-rotation-56"
PHRASE, BILLING = "open sesame", "pay day"


@pytest.fixture
async def at_front(sandbox: Sandbox, token: str, running: Running) -> AsyncIterator[Running]:
    """Run a bot with any of three tokens of the same bot; the first is the sandbox's own."""
    good = dict.fromkeys((token, NEW, THIRD))
    async with fronting(sandbox, good.keys()) as front:  # type: ignore[arg-type]  # in this order
        yield lambda **others: running(telegram_api_url=front.url, **others)


async def known_by(redis: Redis, token: str, phrase: str = PHRASE, bot_id: str = "42") -> list[str]:
    """Start with a token and the phrase of one group; return by what the phrase is known."""
    check = {"support": check_of("support", phrase, bot_id)}
    known = await recognise(redis, check, Phrases({"support": phrase}, token).fingerprints)
    return known["support"]


def fingerprint(token: str, phrase: str = PHRASE) -> str:
    return Phrases({"support": phrase}, token).fingerprints["support"]


async def test_a_new_token_signs_nobody_out(
    anna: Phone, boris: Phone, at_front: Running, roster: Roster
) -> None:
    """In no group, and nobody is told that a phrase has changed; nor does a third token."""
    groups = {"billing": BILLING}
    async with at_front(groups=groups):
        await sign_in(anna)
        await sign_in(anna, BILLING)
    async with at_front(groups=groups, bot_token=NEW):
        await sign_in(boris)
    for token in (THIRD, NEW):
        async with at_front(groups=groups, bot_token=token):
            assert (await ask(anna, "/status")).startswith("You have been on duty")
            assert [one.id for one in await roster.on_duty(["support"])] == [ANNA, BORIS]
            assert [one.id for one in await roster.on_duty(["billing"])] == [ANNA]
    assert not any(CHANGED in text for text in await answers(anna))


async def test_a_new_token_and_a_new_phrase_sign_out(
    anna: Phone, at_front: Running, roster: Roster, redis: Redis
) -> None:
    """As a changed phrase does by itself; the old phrase coming back lets nobody of before in."""
    async with at_front():
        await sign_in(anna)
        written = await redis.hgetall(operator_key(ANNA))
    async with at_front(bot_token=NEW, team_secret="a new one"):
        assert (await next_answer(anna, 2)).startswith(CHANGED)
        assert await roster.find(ANNA) is None
        assert (await sign_in(anna, "a new one")).startswith("You've started receiving messages")
    assert await known_by(redis, NEW, "a new one") == [fingerprint(NEW, "a new one")]
    assert written["fingerprint"] not in await known_by(redis, NEW)


async def test_an_invite_lives_on_under_a_new_token(
    anna: Phone, boris: Phone, sandbox: Sandbox, at_front: Running, roster: Roster
) -> None:
    """It is let in by the phrase, which is the same; with another phrase it ends."""
    chief = await sandbox.add_user(900, "Chief", language_code="en")
    async with at_front(admin_ids="900"):
        invites = [await ask(chief, "/invite"), await ask(chief, "/invite")]
    tokens = [re.findall(r"start=([\w-]{22})$", invite)[0] for invite in invites]
    async with at_front(admin_ids="900", bot_token=NEW):
        assert (await ask(anna, f"/start {tokens[0]}")).startswith("You've started")
        assert await roster.find(ANNA)
    async with at_front(admin_ids="900", bot_token=NEW, team_secret="a new one"):
        assert (await ask(boris, f"/start {tokens[1]}")).startswith("Это приглашение")


async def test_bots_of_two_tokens_that_start_at_once_know_both(redis: Redis) -> None:
    """Whichever is first; the same start once more changes nothing."""
    await asyncio.gather(*(known_by(redis, token) for token in (NEW, THIRD, NEW, THIRD)))
    before = await redis.hgetall(PHRASES)
    assert set(await known_by(redis, NEW)) == {fingerprint(NEW), fingerprint(THIRD)}
    assert await redis.hgetall(PHRASES) == before


async def test_whom_the_last_release_signed_in_stays(redis: Redis, roster: Roster) -> None:
    """Beside ours it writes the fingerprint of its own token, before and after the new one."""
    await known_by(redis, THIRD)
    for update_id, (operator_id, token) in enumerate({ANNA: THIRD, BORIS: NEW}.items()):
        await roster.sign_in(
            operator_id,
            name="A",
            language="en",
            group="support",
            fingerprint=fingerprint(token),
            update_id=update_id,
        )
    assert await roster.sign_out_old_phrases({"support": await known_by(redis, NEW)}) == []
    another = {"support": await known_by(redis, NEW, "a new one")}
    left = await roster.sign_out_old_phrases(another)
    assert left == [(ANNA, "support"), (BORIS, "support")]


async def test_only_the_newest_fingerprints_are_kept(redis: Redis) -> None:
    """Redis does not grow with each new token."""
    given = [fingerprint(f"42:{number}") for number in range(52)]
    for one in given[:-1]:
        await recognise(redis, {"support": "check"}, {"support": one})
    known = await recognise(redis, {"support": "check"}, {"support": given[-1]})
    assert known == {"support": given[2:]}


async def test_a_group_that_is_gone_is_forgotten(redis: Redis) -> None:
    """So is what was known of its phrase."""
    await redis.hset(PHRASES, "gone", '{"check": "c", "fingerprints": ["f"]}')
    await known_by(redis, NEW)
    assert await redis.hkeys(PHRASES) == ["support"]


async def test_what_redis_holds_tells_neither_phrase_nor_token(redis: Redis) -> None:
    """The check differs by bot and group, so nobody can look one up in a list made before."""
    await known_by(redis, NEW)
    held = str(await redis.hgetall(PHRASES))
    assert "sesame" not in held
    assert NEW.partition(":")[2] not in held
    checks = {check_of(*of) for of in (("a", PHRASE, "1"), ("b", PHRASE, "1"), ("a", PHRASE, "2"))}
    assert len(checks) == 3
    assert await known_by(redis, THIRD, bot_id="43") == [fingerprint(THIRD)]
