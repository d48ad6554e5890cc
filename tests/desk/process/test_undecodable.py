"""Another program has written bytes that are no UTF-8: nothing of the desk ends by them."""

from redis.asyncio import Redis

from desk_at_work.at_work import Desk, sending
from desk_at_work.fixtures import ComeOn, Push
from onduty.wire import ACCEPTED, inbox_key
from onduty_desk.conversations.rules import Rules
from onduty_desk.process.connection import connect
from onduty_sandbox.client import Phone, Sandbox


async def test_a_customer_s_words_in_another_encoding_stop_nobody_else(
    redis: Redis,
    redis_url: str,
    sandbox: Sandbox,
    token: str,
    phones: list[Phone],
    come_on: ComeOn,
    push: Push,
) -> None:
    """They are shown as far as they can be read."""
    await come_on(1)
    (message,) = push("Hello?")
    await redis.rpush(inbox_key("c1"), b'["edit","%s","Jos\xe9"]' % message.encode())
    await redis.zadd(ACCEPTED, {"c1": 1})
    push("Where is my parcel?", conversation="c2", customer_name="Bilal")
    own, rules = connect(redis_url), Rules()
    async with own, sending(own, sandbox.base_url, token, rules) as jobs:
        desk = Desk(own, jobs, rules, phones)
        await jobs.route()
        await desk.quiet()
        shown = [card.text.splitlines()[0] for card in await desk.cards(1)]
    assert sorted(shown) == ["Jos�", "Where is my parcel?"]


async def test_any_key_can_be_read(redis: Redis, redis_url: str) -> None:
    """Whatever it holds."""
    await redis.set("onduty:odd", b"a \xff b \xed\xa0\x80")
    async with connect(redis_url) as own:
        assert str(await own.get("onduty:odd")).startswith("a � b ")
