"""What a message may be about is seen at once, also of one that is handled again."""

import pytest
from redis.asyncio import Redis

from onduty import CustomerMessage, SupportDesk
from onduty_bot.conversations.cards import Card
from onduty_bot.conversations.glance import NOTHING, Glance, Glances
from onduty_desk.model.bot_keys import decided_key, find_asked_key, pass_asked_key
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId, card_key, messages_key
from onduty_desk.model.note_keys import noting_key
from onduty_desk.model.phone_keys import topic_key
from onduty_desk.model.roster_keys import operator_key

ANNA, CHAT, UPDATE, THREAD, REPLIED = OperatorId(1), ChatId(1), 7, 30, 40
CAROL, DAVE = ConversationId("of Carol"), ConversationId("of Dave")


@pytest.fixture
def glances(redis: Redis) -> Glances:
    return Glances(redis)


async def look(glances: Glances, *, thread: int = 0, replied: int = 0) -> Glance:
    return await glances.of(ANNA, CHAT, update_id=UPDATE, thread=thread, replied=replied)


async def test_what_is_about_nothing_is_seen_as_that(redis: Redis, glances: Glances) -> None:
    """Also where a key would have the number 0."""
    for key in (topic_key(CHAT, 0), card_key(CHAT, 0), find_asked_key(CHAT, 0)):
        await redis.set(key, "1")
    assert await look(glances) == await look(glances, thread=1, replied=2) == NOTHING


async def test_a_topic_counts_more_than_a_reply(
    redis: Redis, redis_url: str, glances: Glances
) -> None:
    """The card has the name and the link of the newest message."""
    link = "https://shop.example/carol"
    message = CustomerMessage(
        text="Hello", conversation_id=CAROL, customer_name="Carol", recipient="Shop", reply_url=link
    )
    with SupportDesk(redis_url) as backend:
        message_id = backend.notify(message)
    await redis.zadd(messages_key(CAROL), {message_id: 1})
    await redis.set(card_key(CHAT, REPLIED), CAROL)
    await redis.set(topic_key(CHAT, THREAD), DAVE)
    assert (await look(glances, replied=REPLIED)).card == Card(CAROL, link, None, "Carol")
    assert (await look(glances, thread=THREAD, replied=REPLIED)).card == Card(DAVE, None, None)
    assert (await look(glances, thread=THREAD + 1, replied=REPLIED)).card is not None


async def test_what_was_asked_for_may_be_answered(redis: Redis, glances: Glances) -> None:
    await redis.hset(noting_key(ANNA), "conversation", CAROL)
    assert await look(glances) == Glance(may_be_note=True)
    await redis.set(pass_asked_key(ANNA), "{}")
    assert await look(glances) == Glance(may_be_note=True, may_be_reason=True)
    await redis.set(find_asked_key(CHAT, REPLIED), "1")
    assert (await look(glances, replied=REPLIED)).is_find_answer


async def test_to_a_card_who_is_on_duty_answers(redis: Redis, glances: Glances) -> None:
    """Also handled again, off duty by then; what was taken for a try stays one."""
    await redis.set(card_key(CHAT, REPLIED), CAROL)
    assert not (await look(glances, replied=REPLIED)).is_answer
    await redis.hset(operator_key(ANNA), "name", "Anna")
    assert not (await look(glances)).is_answer
    assert (await look(glances, replied=REPLIED)).is_answer
    await redis.set(decided_key(UPDATE), '["wrong", "4"]')
    assert not (await look(glances, replied=REPLIED)).is_answer
    await redis.delete(decided_key(UPDATE), operator_key(ANNA))
    await redis.set(decided_key(UPDATE, "reply"), '["sent", ""]')
    assert (await look(glances, replied=REPLIED)).is_answer


async def test_handled_again_it_goes_the_same_way(redis: Redis, glances: Glances) -> None:
    """The question is over by then."""
    await redis.set(decided_key(UPDATE, "note"), "[]")
    assert await look(glances) == Glance(may_be_note=True)
    await redis.delete(decided_key(UPDATE, "note"))
    await redis.set(decided_key(UPDATE, "pass"), "[]")
    assert await look(glances) == Glance(may_be_reason=True)
