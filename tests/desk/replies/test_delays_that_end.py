"""Whoever lets a customer go has said what they have said: it goes before the event of that."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest
from redis.asyncio import Redis

from desk.conversations.passing_on import ask
from desk.replies.conftest import CARD, Answer
from desk.replies.delays import DELAYED, OVER, change, happened, left
from desk_at_work.fixtures import Lua, MoveClock, Push
from onduty import SupportDesk
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.event_keys import EVENTS_WANTED
from onduty_desk.model.keys import ChatId, ConversationId, OperatorId
from onduty_desk.replies.delaying import DelayedReplies
from onduty_desk.replies.replying import Replies
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router
from onduty_dispatcher.wake_ups.timers import Timers

CLAIMED = "conversation.claimed"
C1 = ConversationId("c1")
_updates = count(6_000)


@pytest.fixture
def rules() -> Rules:
    return DELAYED


@dataclass
class Small:
    """What can happen to Alice's conversation, which operator 1 owns."""

    redis: Redis
    redis_url: str
    router: Router
    conversations: Conversations
    roster: Roster
    move_clock: MoveClock

    async def tap(self, verb: Verb, by: int = 1) -> str:
        outcome = await self.conversations.tap(
            verb,
            operator_id=OperatorId(by),
            name=f"Operator {by}",
            chat_id=ChatId(by),
            message_id=CARD,
            update_id=next(_updates),
        )
        return outcome.result

    async def pass_on(self, to: int | None = None, group: str = "") -> str:
        await ask(self.redis, 1, to, group)
        update = next(_updates)
        return (await self.conversations.pass_on(OperatorId(1), None, "", update_id=update)).result


@pytest.fixture
async def small(
    redis: Redis,
    redis_url: str,
    router: Router,
    conversations: Conversations,
    roster: Roster,
    move_clock: MoveClock,
) -> Small:
    """Both phones show the customer's message."""
    for phone in ("1", "2"):
        await redis.hset("onduty:copies:c1", phone, f'{{"card":{CARD},"drawn_seq":1}}')
    return Small(redis, redis_url, router, conversations, roster, move_clock)


async def closed(small: Small) -> None:
    assert await small.tap(Verb.CLOSE) == "closed"


async def muted(small: Small) -> None:
    assert await small.tap(Verb.MUTE) == "muted"


async def released(small: Small) -> None:
    assert await small.tap(Verb.RELEASE) == "released"


async def taken_over(small: Small) -> None:
    assert await small.tap(Verb.TAKE_OVER, by=2) == "confirm"
    assert await small.tap(Verb.CONFIRM, by=2) == "claimed"


async def closed_by_the_backend(small: Small) -> None:
    SupportDesk(small.redis_url, timeout_s=60).close("c1")
    await small.router.route_accepted()


async def idle(small: Small) -> None:
    await small.move_clock(timedelta(days=2))
    await Timers(small.redis, DELAYED).look()


async def all_released(small: Small) -> None:
    one = OperatorId(1)
    await small.conversations.release_all(one, [C1], update_id=next(_updates))


async def all_passed(small: Small) -> None:
    one, two = OperatorId(1), OperatorId(2)
    await small.conversations.pass_all(one, two, [C1], update_id=next(_updates))


async def all_closed(small: Small) -> None:
    await small.conversations.close_all(OperatorId(1), [C1], update_id=next(_updates))


async def to_a_group(small: Small) -> None:
    assert await small.pass_on(group="sales") == "moved"


async def to_a_colleague(small: Small) -> None:
    assert await small.pass_on(to=2) == "offered"


async def accepted(small: Small) -> None:
    await to_a_colleague(small)
    assert await small.tap(Verb.ACCEPT, by=2) == "claimed"


async def off(small: Small) -> None:
    await small.roster.sign_out(OperatorId(1))


async def removed(small: Small) -> None:
    await small.roster.sign_out(OperatorId(1), "removed")


@pytest.mark.parametrize(
    ("end", "then"),
    [
        (closed, ["conversation.closed"]),
        (muted, ["conversation.closed", "conversation.muted"]),
        (released, ["conversation.released"]),
        (taken_over, [CLAIMED]),
        (closed_by_the_backend, ["conversation.closed"]),
        (idle, ["conversation.closed"]),
        (all_released, ["conversation.released"]),
        (all_passed, ["conversation.released"]),
        (all_closed, ["conversation.closed"]),
        (to_a_group, ["conversation.delegated"]),
        (to_a_colleague, []),
        (accepted, ["conversation.delegated"]),
        (off, []),
        (removed, ["conversation.released"]),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
async def test_it_is_sent_before_the_event_of_that(
    end: Callable[[Small], Awaitable[None]],
    then: list[str],
    answer: Answer,
    redis: Redis,
    small: Small,
    move_clock: MoveClock,
) -> None:
    """All of them, in order, and once."""
    await answer("One", message=20)
    await answer("Two", message=21)
    await end(small)
    assert await happened(redis) == [CLAIMED, "One", "Two", *then]
    assert await left(redis) == []
    await move_clock(timedelta(days=3))
    await DelayedReplies(redis).send_due()
    assert await happened(redis) == [CLAIMED, "One", "Two", *then]


async def test_one_that_breaks_prevents_nothing(answer: Answer, redis: Redis, small: Small) -> None:
    """Another program has written into its key: the customer can still be let go."""
    await answer("One", message=20)
    await answer("Two", message=21)
    await redis.delete("onduty:reply:1:20")
    await redis.set("onduty:reply:1:20", "of a wrong type")
    await closed(small)
    assert await happened(redis) == [CLAIMED, "Two", "conversation.closed"]


async def test_who_is_in_another_group_still_sends_nothing_earlier(
    answer: Answer, redis: Redis, small: Small, come_on: Callable[..., Awaitable[None]]
) -> None:
    """Leaving one group ends what is held in that one."""
    await come_on(1, group="sales")
    await answer()
    await small.roster.sign_out(OperatorId(1), group="sales")
    assert await happened(redis) == [CLAIMED]
    await small.roster.sign_out(OperatorId(1), group="support")
    assert await happened(redis) == [CLAIMED, "Hello"]


async def test_whoever_takes_over_by_answering_comes_behind(
    answer: Answer, redis: Redis, move_clock: MoveClock
) -> None:
    """What was held for their consent waits its time as any other."""
    await answer("One", message=20)
    assert (await answer("Two", by=2, message=20)).result == "taken"
    outcome = await Replies(redis, DELAYED).send_held(
        "take_over",
        OperatorId(2),
        "Operator 2",
        ChatId(2),
        20,
        first_name="Operator",
        update_id=next(_updates),
    )
    assert (outcome.result, outcome.sent_in_s) == ("delayed", 10)
    assert await happened(redis) == [CLAIMED, "One", CLAIMED]
    await move_clock(OVER)
    await DelayedReplies(redis).send_due()
    assert await happened(redis) == [CLAIMED, "One", CLAIMED, "Two"]


async def test_a_reopened_one_comes_behind_too(
    answer: Answer, redis: Redis, small: Small, move_clock: MoveClock
) -> None:
    """Reopen and send."""
    await answer("One", message=20)
    await closed(small)
    assert (await answer("Two", message=21)).result == "may_reopen"
    outcome = await Replies(redis, DELAYED).send_held(
        "reopen",
        OperatorId(1),
        "Operator 1",
        ChatId(1),
        21,
        first_name="Operator",
        update_id=next(_updates),
    )
    assert outcome.result == "delayed"
    assert await change(redis, "edit", 21, text="Three") == "held"
    await move_clock(OVER)
    await DelayedReplies(redis).send_due()
    assert (await happened(redis))[-2:] == [CLAIMED, "Three"]


async def test_without_anybody_who_delivers_events_it_comes_after_all(
    answer: Answer, redis: Redis, small: Small, move_clock: MoveClock
) -> None:
    """Closing is not told either; when there is somebody again, the answer is."""
    await answer()
    retention = str(await redis.getdel(EVENTS_WANTED))
    await closed(small)
    assert await happened(redis) == [CLAIMED]
    assert await left(redis) == ["1:20"]
    await redis.set(EVENTS_WANTED, retention)
    await move_clock(OVER)
    await DelayedReplies(redis).send_due()
    assert await happened(redis) == [CLAIMED, "Hello"]


async def test_of_one_that_is_being_forgotten_nothing_is_sent(
    answer: Answer, redis: Redis, push: Push, router: Router, lua: Lua
) -> None:
    """Forgetting many messages takes several steps, between which events could be delivered."""
    push(*(f"Message {n}" for n in range(30)))
    await router.route_accepted()
    await answer("A secret")
    step = lua("return tostring(forgetting.go_on(ARGV[1]))", "conversations/forgetting")
    assert await redis.eval(step, 0, "c1") == "false"
    assert await happened(redis) == [CLAIMED]
    assert await left(redis) == []


async def test_of_a_forgotten_one_nothing_is_sent(
    answer: Answer, redis: Redis, small: Small, move_clock: MoveClock
) -> None:
    """Nor is anything of it left in Redis; what says so goes from the phone."""
    await answer("A secret")
    delayed = DelayedReplies(redis)
    await delayed.keep_notice(ChatId(1), 20, 30)
    SupportDesk(small.redis_url, timeout_s=60).forget("c1")
    await small.router.route_accepted()
    await move_clock(OVER)
    assert await delayed.send_due() == (None, 0, [])
    assert await redis.keys("onduty:delayed-of:*") == []
    assert await redis.keys("onduty:reply:*") == []
    assert await redis.keys("onduty:events:*") == []
    copies = [await redis.hget(key, "1") for key in await redis.keys("onduty:copies:*")]
    assert [sorted(json.loads(str(copy))["remove"]) for copy in copies] == [[CARD, 30]]
