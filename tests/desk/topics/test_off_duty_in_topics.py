"""Who goes off duty keeps what they hold: also in its topic they can let go of it, and no more."""

import pytest
from redis.asyncio import Redis

from desk.topics.conftest import UNHURRIED, Hand
from desk.topics.test_looking_in_topics import steps_of
from desk_at_work.at_work import RETENTION
from desk_at_work.fixtures import ComeOn
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ConversationId, OperatorId, copies_key
from onduty_desk.phones.outbox import Outbox
from onduty_desk.roster.operators import Roster

pytestmark = pytest.mark.usefixtures("on_duty")


async def test_the_context_message_has_the_buttons_of_who_is_off_duty(
    hand: Hand, come_on: ComeOn
) -> None:
    """Whatever was looked at there; back on duty, all are there again."""
    topic = await hand.open_topic()
    assert (await hand.tap(1, Verb.OPEN, topic["context"])).result == "opened"
    assert (await steps_of(hand))["edit_context"].view.view == "open"
    await hand.do_all()
    await hand.sign_out(1)
    shown = (await steps_of(hand))["edit_context"].view
    assert (shown.verbs, shown.turns, shown.view) == ([[Verb.CLOSE, Verb.RELEASE]], [], "")
    assert await hand.do_all() == []
    await come_on(1)
    assert Verb.NOTE in (await steps_of(hand))["edit_context"].view.verbs[1]


async def test_a_topic_of_whose_phone_no_language_is_known_is_named_in_the_desks(
    hand: Hand, redis: Redis, rules: Rules
) -> None:
    """They were kicked, and have no card of the customer's any more."""
    hand.outbox = Outbox(redis, UNHURRIED, rules, retention=RETENTION, language="ru")
    await hand.open_topic()
    await Roster(redis).sign_out(OperatorId(1), "removed")
    await hand.do_all()
    await redis.hdel(copies_key(ConversationId("c1")), "1")
    await hand.claim(2)
    renamed = (await steps_of(hand))["rename_topic"]
    assert (renamed.chat_id, renamed.language) == (1, "ru")
    assert await hand.do_all() == []
