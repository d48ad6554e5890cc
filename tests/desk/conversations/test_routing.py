"""Who gets it: everyone on duty in the group, once, in order; nobody: it waits."""

import asyncio
import json

from redis.asyncio import Redis
from structlog.testing import capture_logs

from desk_at_work.at_work import RETENTION
from desk_at_work.fixtures import ComeOn, Push
from onduty.wire import ACCEPTED
from onduty_desk.conversations.ownership import Backlog, Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.failures.failures import Failures
from onduty_desk.model.keys import (
    FAILED,
    TELEGRAM,
    ConversationId,
    OperatorId,
    conversation_key,
    cursor_key,
    deliveries_key,
    waiting_key,
)
from onduty_desk.model.phone_keys import outbox_key
from onduty_desk.phones.outbox import Outbox, Taken
from onduty_desk.roster.operators import Roster
from onduty_dispatcher.wake_ups.routing import Router

C1 = ConversationId("c1")


async def texts_sent(outbox: Outbox) -> dict[int, list[str]]:
    """Send all that is due, and return what each phone got, in order."""
    sent: dict[int, list[str]] = {}
    message_id = 100
    while taken := (await outbox.take(100))[0]:
        for phone in taken:
            if phone.step == "edit":
                await outbox.settle(phone, "done")
                continue
            attempt = await outbox.attempt(phone, phone.message_ids, 1)
            assert attempt
            message_id += 1
            assert await outbox.settle(phone, "done", str(message_id), attempt_id=attempt.id)
            sent.setdefault(phone.chat_id, []).extend(m.text for m in phone.messages)
    return sent


async def test_everyone_on_duty_in_the_group_gets_it_in_order(
    router: Router, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """Operators of another group do not."""
    await come_on(1, 2)
    await come_on(3, group="sales")
    push("One", "Two")
    push("Three")
    assert await router.route_accepted() == 1
    assert await texts_sent(outbox) == {1: ["One", "Two", "Three"], 2: ["One", "Two", "Three"]}


async def test_a_routed_message_is_routed_once(
    router: Router, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """Another wake-up, or a message pushed again, brings nothing twice."""
    await come_on(1)
    push("One", id="m1")
    await router.route_accepted()
    push("One", id="m1")
    assert await router.route_accepted() == 0
    assert await texts_sent(outbox) == {1: ["One"]}


async def test_two_processes_routing_at_once_bring_it_once(
    redis: Redis, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """Any number of dispatchers may route side by side."""
    await come_on(1, 2)
    for n in range(30):
        push(f"{n}.1", f"{n}.2", conversation=f"c{n}")
    routers = [
        Router(redis, Failures(redis), Rules(), groups=["support"], retention=RETENTION)
        for _ in range(4)
    ]
    await asyncio.gather(*(router.route_accepted() for router in routers))
    sent = await texts_sent(outbox)
    assert (
        sorted(sent[1]) == sorted(sent[2]) == sorted(f"{n}.{m}" for n in range(30) for m in (1, 2))
    )


async def test_nobody_on_duty_it_waits_for_the_next_one(
    redis: Redis, router: Router, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """The next /on of the group is shown what waits, urgent first, then oldest first."""
    push("Old", conversation="c1")
    push("New", conversation="c2")
    push("Now!", conversation="c3", priority="urgent")
    await router.route_accepted()
    assert await redis.zrange(waiting_key("support"), 0, -1) == ["c3", "c1", "c2"]
    assert await redis.zcard(ACCEPTED) == 0
    await come_on(5, group="sales")
    assert await router.route_accepted() == 0
    await come_on(1)
    await router.route_accepted()
    assert await texts_sent(outbox) == {}
    conversations = Conversations(redis, Rules())
    backlog = await conversations.show_backlog(OperatorId(1), 2, update_id=7)
    assert backlog == Backlog(shown=2, unseen=1, waiting=3, urgent=1)
    assert await texts_sent(outbox) == {1: ["Now!", "Old"]}
    assert await conversations.show_backlog(OperatorId(1), 2, update_id=7) == backlog
    rest = await conversations.show_backlog(OperatorId(1), 2, update_id=8)
    assert rest == Backlog(shown=1, unseen=0, waiting=3, urgent=1)
    assert await texts_sent(outbox) == {1: ["New"]}
    nothing = await conversations.show_backlog(OperatorId(1), 2, update_id=9)
    assert nothing == Backlog(shown=0, unseen=0, waiting=3, urgent=1)
    assert await redis.zcard(waiting_key("support")) == 3  # until somebody claims them


async def test_who_comes_on_later_gets_what_comes_later(
    router: Router, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """What others were told already does not ring again."""
    await come_on(1)
    push("One")
    await router.route_accepted()
    await come_on(2)
    push("Two")
    await router.route_accepted()
    assert await texts_sent(outbox) == {1: ["One", "Two"], 2: ["Two"]}


async def test_off_duty_nothing_more_is_sent_and_it_goes_to_the_next(
    redis: Redis, router: Router, roster: Roster, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """What waited for an operator who went off is withdrawn; what only they had waits anew."""
    await come_on(1)
    (message,) = push("One")
    await router.route_accepted()
    await roster.sign_out(OperatorId(1))
    assert await texts_sent(outbox) == {}
    assert await redis.hgetall(deliveries_key(message)) == {"1": "withdrawn"}
    assert not await redis.exists(outbox_key(1))  # type: ignore[arg-type]
    await come_on(2)
    await router.route_accepted()
    assert await texts_sent(outbox) == {2: ["One"]}


async def test_what_others_have_is_not_brought_again_when_one_goes_off(
    router: Router, roster: Roster, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """Only what nobody else was told of is offered anew, and to those who lack it."""
    await come_on(1)
    push("Only 1")
    await router.route_accepted()
    await come_on(2)
    push("Both")
    await router.route_accepted()
    await roster.sign_out(OperatorId(1))
    (await outbox.take(100))
    await router.route_accepted()
    sent = await texts_sent(outbox)
    assert sorted(sent[2]) == ["Both", "Only 1"]
    assert await router.route_accepted() == 0
    assert await texts_sent(outbox) == {}


async def test_off_and_on_again_brings_back_what_was_withdrawn(
    router: Router, roster: Roster, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """Nothing is lost by a change of mind."""
    await come_on(1)
    push("One")
    await router.route_accepted()
    await roster.sign_out(OperatorId(1))
    await texts_sent(outbox)
    await come_on(1)
    await router.route_accepted()
    assert await texts_sent(outbox) == {1: ["One"]}


async def test_an_unknown_group_goes_to_the_default_one(
    router: Router, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """The card will say so."""
    await come_on(1)
    push("One", group="sails")
    await router.route_accepted()
    (taken,), _ = await outbox.take(10)
    assert (taken.chat_id, taken.view.asked_group) == (1, "sails")


async def test_an_unknown_group_is_told_once(router: Router, push: Push) -> None:
    """Whoever runs the backend reads which group to correct; a known one is no news."""
    push("One", group="sails")
    push("Two", group="sails")
    push("Three", conversation="c2", group="sales")
    with capture_logs() as logs:
        await router.route_accepted()
    warned = [line for line in logs if line["event"] == "conversation.unknown_group"]
    assert [(line["conversation"], line["group"]) for line in warned] == [("c1", "sails")]


async def test_a_conversation_that_breaks_the_script_holds_up_no_other(
    redis: Redis, router: Router, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """It is set aside into the failed list with its reason."""
    await come_on(1)
    push("Broken", conversation="bad")
    await redis.delete("onduty:messages:bad")
    await redis.set("onduty:messages:bad", "not a sorted set")
    push("Fine", conversation="good")
    await router.route_accepted()
    assert await texts_sent(outbox) == {1: ["Fine"]}
    assert await redis.zrange(FAILED, 0, -1) == ["conversation-bad"]
    failure = json.loads(await redis.hget("onduty:failures", "conversation-bad") or "{}")
    assert "onduty:messages:bad is a string" in failure["reason"]


async def test_everything_of_a_conversation_expires(
    redis: Redis, router: Router, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """When the phones have it, every key of it has an expiry, and nothing is left behind."""
    await come_on(1)
    push("One", "Two")
    await router.route_accepted()
    await texts_sent(outbox)
    of_the_roster = {"onduty:duty", "onduty:duty:support", "onduty:operator:1", TELEGRAM}
    for key in await redis.keys("onduty:*"):
        assert key in of_the_roster or await redis.ttl(key) != -1, key


async def test_what_waits_for_a_phone_expires_with_its_conversation(
    redis: Redis, router: Router, push: Push, come_on: ComeOn
) -> None:
    """Though no dispatcher ever sends it."""
    await come_on(1)
    (message,) = push("One")
    await router.route_accepted()
    lasts_s = await redis.ttl(conversation_key(C1))
    for key in (cursor_key(C1), deliveries_key(message)):
        assert lasts_s - 10 < await redis.ttl(key) <= lasts_s


def _card(taken: Taken) -> list[str]:
    return [message.text for message in taken.messages]


async def test_what_waits_together_goes_out_together_most_urgent_first(
    router: Router, outbox: Outbox, push: Push, come_on: ComeOn
) -> None:
    """One phone gets one card at a time, a conversation's messages on one."""
    await come_on(1)
    push("a1", conversation="a")
    push("b1", conversation="b", priority="urgent")
    push("a2", conversation="a")
    await router.route_accepted()
    (first,), _ = await outbox.take(10)
    assert _card(first) == ["b1"]
    assert (await outbox.take(10))[0] == []
