"""The Shop with two groups: to which a customer writes, who is in which, and who pauses."""

import asyncio

import pytest
from redis.asyncio import Redis

from demo.asking import PAGES, Asking
from demo.conftest import PHRASES
from onduty import CustomerMessage
from onduty.wire import message_key
from onduty_demo.shop import crowd, starting_again
from onduty_demo.shop.scene import TEAM
from onduty_desk.model.keys import ConversationId, conversation_key, messages_key, waiting_key
from onduty_desk.model.roster_keys import ON_DUTY, PAUSED, duty_key
from onduty_sandbox.wire.json_types import Json, JsonValue, as_list, as_object
from waiting import until

MESSAGE = {"conversation_id": "c1", "customer_name": "Dora", "text": "Hello?"}


async def group_of(redis: Redis, message_id: JsonValue) -> str:
    kept = await redis.get(message_key(str(message_id)))
    return CustomerMessage.model_validate_json(str(kept)).group


async def test_a_customer_writes_to_the_group_that_was_chosen(shop: Asking, redis: Redis) -> None:
    """Chosen once; support without a choice, and nothing that the desk has not."""
    for conversation, chosen, group in (
        ("c1", {"group": "sales"}, "sales"),
        ("c1", {}, "sales"),
        ("c2", {}, "support"),
    ):
        body = {**MESSAGE, "conversation_id": conversation, **chosen}
        status, sent = await shop.post("messages", body)
        assert status == 200
        assert await group_of(redis, sent["id"]) == group
        assert (await shop.state(conversation))["group"] == group
    status, answer = await shop.post("messages", {**MESSAGE, "group": "nosuch"})
    assert status == 400
    assert answer["error"] == "There is no group nosuch; there are support, sales."


async def test_whose_it_is_now_is_shown(shop: Asking, redis: Redis) -> None:
    """Passed on to another group, it is that one's."""
    await shop.post("messages", MESSAGE)
    await redis.hset(conversation_key(ConversationId("c1")), "group", "sales")
    assert (await shop.state("c1"))["group"] == "sales"


async def test_who_is_in_which_group_and_who_pauses(shop: Asking, redis: Redis) -> None:
    """And the phrases that are no secret."""
    await redis.zadd(ON_DUTY, {"7": 1, "8": 2})
    await redis.zadd(duty_key("support"), {"7": 1})
    await redis.zadd(duty_key("sales"), {"7": 1, "8": 2})
    await redis.zadd(PAUSED, {"8": 9e15})
    state = await shop.state()
    assert state["groups"] == {"support": [7], "sales": [7, 8]}
    assert state["paused"] == [8]
    assert state["phrases"] == PHRASES


async def test_who_waits_in_another_group_is_found(shop: Asking, redis: Redis) -> None:
    """A customer whom a backend of the reader's has pushed there."""
    message = CustomerMessage(
        text="Hello?", customer_name="Eve", recipient="The Shop", conversation_id="c9"
    )
    await redis.set(message_key(message.id), message.model_dump_json())
    await redis.zadd(messages_key(ConversationId("c9")), {message.id: 1})
    await redis.zadd(waiting_key("sales"), {"c9": 1})
    ids = [as_object(it)["id"] for it in as_list((await shop.state())["conversations"])]
    assert ids == ["c9"]


async def test_the_team_does_nobody_s_steps(shop: Asking, redis: Redis) -> None:
    """What it takes and closes is not done by hand."""
    await shop.post("messages", MESSAGE)
    nico: Json = {"id": min(TEAM), "name": TEAM[min(TEAM)]}
    for number, kind in enumerate(("conversation.claimed", "conversation.closed"), start=1):
        event: Json = {"type": kind, "id": f"e{number}", "conversation_id": "c1"}
        event |= {"occurred_at": "2026-11-03T10:00:00.000Z", "sequence": number, "operator": nico}
        assert await shop.tell(event) == 200
    assert set(as_object((await shop.state())["steps"])) == {"write"}
    assert await redis.zcard(ON_DUTY) == 0


async def test_nobody_of_the_team_has_a_name_that_is_taken() -> None:
    """Neither one that the page gives, nor one of a storm's customers or operators."""
    storm = {message.customer_name for message in crowd.storm()}
    page = "".join(module.read_text() for module in PAGES)
    assert not [name for name in TEAM.values() if name in storm or f'"{name}"' in page]


async def test_the_team_ends_when_the_page_starts_again(
    shop: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is not switched on while it does."""
    monkeypatch.setattr(starting_again, "CLOSED_WITHIN_S", 1)
    await shop.post("messages", MESSAGE)
    assert await shop.post("team", {"on": True}) == (
        200,
        {"on": True, "phase": "They come on duty …"},
    )
    await shop.post("again", {})
    status, answer = await shop.post("team", {"on": True})
    assert status == 400
    assert "starts again just now" in str(answer["error"])
    assert as_object((await shop.state())["team"])["on"] is False
    await until(lambda: _is_under_way(shop), equals=False)
    await asyncio.gather(shop.post("team", {"on": True}), shop.post("team", {"on": False}))
    assert as_object((await shop.state())["team"])["on"] is False


async def _is_under_way(shop: Asking) -> bool:
    return as_object((await shop.state())["under_way"])["what"] is not None
