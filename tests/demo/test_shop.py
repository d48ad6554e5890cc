"""The Shop, the page's chat backend: what customers write goes the real way, and is seen there."""

import asyncio
import base64
import re

import pytest
from aiohttp import ClientSession
from redis.asyncio import Redis

from demo.asking import PAGES, Asking
from onduty import AsyncSupportDesk, CustomerMessage
from onduty.wire import ACCEPTED
from onduty_demo.shop import crowd, starting_again
from onduty_demo.shop.signing_in import BY_PROGRAM
from onduty_desk.model.bot_keys import login_key
from onduty_desk.model.keys import (
    ConversationId,
    OperatorId,
    deliveries_key,
    message_key,
    messages_key,
    waiting_key,
)
from onduty_desk.model.phone_keys import outbox_key
from onduty_desk.model.roster_keys import ON_DUTY
from onduty_sandbox.wire.json_types import Json, JsonValue, as_list, as_object
from waiting import until

STRANGERS = "whsec_" + base64.b64encode(b"x" * 32).decode()


MESSAGE = {"conversation_id": "c1", "customer_name": "Dora", "text": "Hello?"}


def written(**fields: str) -> CustomerMessage:
    """The same by a backend of its own."""
    return CustomerMessage.model_validate({**MESSAGE, "recipient": "The Shop", **fields})


async def test_a_message_is_with_the_desk_and_in_the_chat(shop: Asking, redis: Redis) -> None:
    """Queued first; then how many phones have it."""
    status, sent = await shop.post("messages", MESSAGE)
    assert status == 200
    assert await redis.zscore(ACCEPTED, "c1") is not None
    state = await shop.state("c1")
    assert state["conversations"] == [{"id": "c1", "name": "Dora"}]
    assert state["queued"] == 1
    (line,) = as_list(state["lines"])
    assert tuple(as_object(line)[it] for it in ("by", "text", "state")) == (
        "Dora",
        "Hello?",
        {"queued": 1},
    )

    message_id = str(sent["id"])
    await redis.zadd(messages_key(ConversationId("c1")), {message_id: 1})
    await redis.zadd(ON_DUTY, {"7": 1, "8": 2})
    await redis.hset(
        deliveries_key(message_id),
        mapping={"7": "sent 17", "8": "waiting", "9": "given up: blocked"},
    )
    await redis.zadd(outbox_key(8), {"c1": 1})  # type: ignore[arg-type]  # a chat's id is a number
    state = await shop.state("c1")
    (line,) = as_list(state["lines"])
    assert as_object(line)["state"] == {"sent": 1, "waiting": 1, "given_up": 1}
    assert (state["on_duty"], state["waiting"]) == ([7, 8], 1)


ANNA: Json = {"id": 7, "name": "Anna"}


def event(kind: str, number: int, **fields: JsonValue) -> Json:
    occurred: Json = {"occurred_at": "2026-11-03T10:00:00.000Z", "sequence": number}
    return {"type": kind, "id": f"e{number}", "conversation_id": "c1", **occurred, **fields}


async def test_what_the_desk_tells_is_shown_to_the_customer_once(shop: Asking) -> None:
    """Who answers, what, and when it waits again; what is of nobody here, or new, is not."""
    await shop.post("messages", MESSAGE)
    sent = event("reply.sent", 2, operator=ANNA, reply_id="r1", text="Hi Dora")
    for told in (
        event("conversation.claimed", 1, operator=ANNA),
        sent,
        sent,
        event("conversation.released", 3, operator=ANNA, reason="released"),
        event("conversation.closed", 4),
        {**sent, "id": "e5", "conversation_id": "nobody"},
        event("conversation.painted", 6),
    ):
        assert await shop.tell(told) == 200
    lines = map(as_object, as_list((await shop.state("c1"))["lines"]))
    assert [(line["kind"], line["by"], line["text"]) for line in lines][1:] == [
        ("note", "Anna", "Anna is answering"),
        ("operator", "Anna", "Hi Dora"),
        ("note", "Anna", "Waiting for an operator again"),
        ("note", "", "The conversation was closed"),
    ]


async def test_an_answer_behind_the_link_is_shown_to_the_customer(
    shop: Asking, redis: Redis
) -> None:
    """Each customer of the page has a link; who opens it reads the chat, and answers."""
    _, sent = await shop.post("messages", MESSAGE)
    await shop.tell(event("conversation.claimed", 1, operator=ANNA))
    kept = await redis.get(message_key(str(sent["id"])))
    link = CustomerMessage.model_validate_json(str(kept)).reply_url
    said = {"key": "a1", "text": "Hi Dora"}
    async with ClientSession() as browser, browser.post(f"{link}/lines", json=said) as answer:
        assert answer.status == 200
    lines = map(as_object, as_list((await shop.state("c1"))["lines"]))
    assert [(line["kind"], line["by"], line["text"]) for line in lines] == [
        ("customer", "Dora", "Hello?"),
        ("note", "Anna", "Anna is answering"),
        ("operator", "Anna", "Hi Dora"),
    ]


async def test_only_the_desk_is_believed(shop: Asking) -> None:
    """A call that is not signed, or by somebody else, is refused and changes nothing."""
    await shop.post("messages", MESSAGE)
    claimed = event("conversation.claimed", 1, operator=ANNA)
    assert (await shop.post("events", claimed))[0] == 401
    assert await shop.tell(claimed, secret=STRANGERS) == 401
    assert len(as_list((await shop.state("c1"))["lines"])) == 1


async def test_a_storm_is_twenty_customers_of_ten_messages(shop: Asking, redis: Redis) -> None:
    """Each time others, and only the newest sixty are kept; what gave way does not come back."""
    await redis.zadd(ON_DUTY, {str(300 + number): number for number in range(crowd.OPERATORS)})
    for number in range(1, 5):
        status, begun = await shop.post("storm", {})
        assert (status, begun["what"]) == (200, "storm")
        await until(lambda: _is_over(shop))
        assert (await shop.state())["queued"] == 20 * number
    state = await shop.state()
    names = [as_object(it)["name"] for it in as_list(state["conversations"])]
    assert len(names) == len(set(names)) == 60
    assert len(as_list(state["lines"])) == 10


async def test_nobody_of_a_storm_has_a_name_that_is_taken() -> None:
    """Neither that of a customer whom the page makes, nor an operator's."""
    page = {name for module in PAGES for name in re.findall(r'"([A-Z][a-z]+)"', module.read_text())}
    customers = {message.customer_name for message in crowd.storm({"Ada", "Beno"})}
    assert len(customers) == 20
    assert not customers & {*page, "Ada", "Beno"}
    assert "Alice" in page


async def _is_over(shop: Asking) -> bool:
    return as_object((await shop.state())["under_way"])["what"] is None


async def test_customers_who_wrote_elsewhere_are_shown(
    shop: Asking, redis: Redis, redis_url: str
) -> None:
    """Routed or not, by `onduty send` or a backend; looked at by two pages at once, only once."""
    async with AsyncSupportDesk(redis_url) as desk:
        await desk.notify(written())
        states = await asyncio.gather(*(shop.state("c1") for _ in range(5)))
        state = await shop.state("c1")
        assert state["conversations"] == [{"id": "c1", "name": "Dora"}]
        assert len(as_list(state["lines"])) == 1
        assert states
        again = written(text="Anybody?")
        await desk.notify(again)
        lines = as_list((await shop.state("c1"))["lines"])
        assert [as_object(it)["text"] for it in lines] == ["Hello?", "Anybody?"]

    routed = ConversationId("c2")
    message = written(conversation_id="c2")
    await redis.set(message_key(message.id), message.model_dump_json())
    await redis.set(message_key("broken"), "{")
    await redis.zadd(messages_key(routed), {message.id: 1, "broken": 2})
    await redis.zadd(waiting_key("support"), {"c2": 1})
    ids = [as_object(it)["id"] for it in as_list((await shop.state())["conversations"])]
    assert ids == ["c1", "c2"]


async def test_the_steps_are_done_by_hand(shop: Asking, redis: Redis) -> None:
    """What a program does is no step, nor what happens in a conversation that is not shown."""
    await redis.zadd(ON_DUTY, {"7": 1})
    await redis.sadd(BY_PROGRAM, "7")
    assert (await shop.state())["steps"] == {}
    await shop.post("messages", MESSAGE)
    await redis.zadd(ON_DUTY, {"8": 2})
    assert (await shop.state())["steps"] == {"write": "", "sign_in": "8"}
    for told in (
        event("conversation.closed", 1),
        {**event("conversation.closed", 2, operator=ANNA), "conversation_id": "nobody"},
    ):
        assert await shop.tell(told) == 200
    assert set(as_object((await shop.state())["steps"])) == {"write", "sign_in"}
    await shop.tell(event("conversation.claimed", 3, operator=ANNA))
    steps = as_object((await shop.state())["steps"])
    assert (steps["take"], steps["taken"]) == ("7", "c1")
    await shop.tell(event("reply.sent", 4, operator=ANNA, reply_id="r1", text="Hi"))
    await shop.tell(event("conversation.closed", 5, operator=ANNA))
    done = as_object((await shop.state())["steps"])
    assert {"write", "sign_in", "take", "answer", "close"} <= set(done)


async def test_whether_somebody_is_signing_in(shop: Asking, redis: Redis) -> None:
    """Only of phones that were asked about."""
    await redis.set(login_key(OperatorId(7)), "1")
    assert (await shop.state(phones="7,8"))["signing_in"] == [7]
    assert (await shop.state())["signing_in"] == []


async def test_what_cannot_start_again_says_so(
    shop: Asking, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No dispatcher closes what is open: a sentence, nothing is lost, and it can be tried again."""
    monkeypatch.setattr(starting_again, "CLOSED_WITHIN_S", 0.3)
    await shop.post("messages", MESSAGE)
    for number in (1, 2):
        await shop.post("again", {})
        await until(lambda: _is_over(shop))
        under_way = as_object((await shop.state())["under_way"])
        assert under_way["number"] == number
        assert "could not start again" in str(under_way["failed"])
    assert len(as_list((await shop.state())["conversations"])) == 1
    assert await redis.get("onduty-demo:run") is None


async def test_what_cannot_be_is_a_sentence(shop: Asking) -> None:
    """Which field is wrong, or what there is instead."""
    for path, body, told in (
        ("messages", {**MESSAGE, "text": " "}, "write something"),
        ("messages", {**MESSAGE, "customer_name": ""}, "customer_name"),
        ("messages", [], "not a JSON object"),
        ("dispatchers/redis", {"on": False}, "There is no redis"),
    ):
        status, answer = await shop.post(path, body)
        assert status == 400
        assert told in str(answer["error"])
