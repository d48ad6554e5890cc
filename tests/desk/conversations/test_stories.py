"""Whatever happens, in whatever order: at rest every phone shows the current state."""

import json
from dataclasses import dataclass

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from desk_at_work.stories import CONVERSATIONS, OPERATORS, Story
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.keys import (
    EVENTS_WANTED,
    ON_DUTY,
    ChatId,
    ConversationId,
    OperatorId,
    card_key,
    chat_key,
    claims_key,
    conversation_key,
    events_key,
    outbox_key,
    redraws_key,
    waiting_key,
)
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import ChatMessage, Sandbox

CLAIM = "🙋 I'll answer"


@dataclass(frozen=True)
class Truth:
    """A conversation, as Redis has it."""

    id: str
    state: str
    owner: int | None
    owner_name: str
    texts: list[str]
    """Of this round."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A story for each seed."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(metafunc.config.getoption("--stories")))


async def test_at_rest_every_phone_shows_what_is_so(
    redis: Redis,
    at_work: Desk,
    rules: Rules,
    roster: Roster,
    sandbox: Sandbox,
    push: Push,
    come_on: ComeOn,
    move_clock: MoveClock,
    seed: int,
) -> None:
    """Who can answer has all texts and one card to tap; nobody else has a button that lies."""
    await redis.set(EVENTS_WANTED, 3600)
    await come_on(1, 2)
    conversations = Conversations(redis, rules)
    story = Story(seed, at_work, conversations, roster, sandbox, push, come_on, move_clock)
    await story.go_on(50)
    await story.come_to_rest()
    on_duty = {int(str(operator)) for operator in await redis.zrange(ON_DUTY, 0, -1)}
    for conversation in CONVERSATIONS:
        truth = await read(redis, conversation, story.said[conversation])
        if truth is None:
            continue
        await stands_in_one_list(redis, truth)
        await events_tell_the_same(redis, truth)
        for operator in OPERATORS:
            cards = await at_work.cards(operator)
            shown = [card for card in cards if await is_about(redis, operator, card, truth)]
            is_on = operator in on_duty
            if operator == truth.owner or (is_on and truth.state == "waiting"):
                can_answer(truth, operator, shown, is_on=is_on)
            else:
                has_no_say(truth, shown, is_on=is_on)
    await nothing_is_left_over(redis)


async def read(redis: Redis, conversation: str, said: list[str]) -> Truth | None:
    found = await redis.hgetall(conversation_key(ConversationId(conversation)))
    if "group" not in found:
        return None
    assert int(found["last_seq"]) == len(said)
    owner = found.get("owner")
    return Truth(
        conversation,
        str(found.get("state", "waiting")),
        int(owner) if owner else None,
        str(found.get("owner_name", "")),
        said[int(found.get("from_seq", 0)) :],
    )


async def is_about(redis: Redis, operator: int, card: ChatMessage, truth: Truth) -> bool:
    return await redis.get(card_key(ChatId(operator), card.message_id)) == truth.id


async def stands_in_one_list(redis: Redis, truth: Truth) -> None:
    waits = await redis.zscore(waiting_key("support"), truth.id) is not None
    assert waits == (truth.state == "waiting")
    held_by = [n for n in OPERATORS if await redis.zscore(claims_key(OperatorId(n)), truth.id)]
    assert held_by == ([truth.owner] if truth.owner else [])
    assert (truth.owner is not None) == (truth.state == "claimed")


async def events_tell_the_same(redis: Redis, truth: Truth) -> None:
    key = events_key(ConversationId(truth.id))
    owner = None
    for number, text in enumerate(await redis.lrange(key, 0, -1), start=1):
        event = json.loads(text)
        assert event["sequence"] == number
        match event["type"].removeprefix("conversation."):
            case "claimed" | "delegated":
                assert event.get("previous", {}).get("id") == owner
                owner = event["operator"]["id"]
            case "released":
                assert event["operator"]["id"] == owner
                owner = None
            case "closed":
                owner = None
    assert owner == truth.owner


def can_answer(truth: Truth, operator: int, shown: list[ChatMessage], *, is_on: bool) -> None:
    """All texts are there if they were on duty to get them, and one card has the buttons."""
    is_owner = truth.owner == operator
    buttons = ["☑️ Close", "↩️ Release"] if is_owner else [CLAIM, "👀 Look"]
    (card,) = [card for card in shown if card.button_texts == buttons]
    assert ("✅ You are answering" in card.text.splitlines()) == is_owner
    assert is_owner or "answering" not in card.text
    if is_on:
        everything = "".join(message.text for message in shown)
        assert [text for text in truth.texts if text not in everything] == []
    others = {button for other in shown if other != card for button in other.button_texts}
    assert others <= ({"Still answering", "↩️ Release"} if is_owner else {CLAIM})


def has_no_say(truth: Truth, shown: list[ChatMessage], *, is_on: bool) -> None:
    buttons = [button for card in shown for button in card.button_texts]
    if not is_on:
        assert buttons == []
    elif truth.state == "claimed":
        assert buttons in ([], ["👀 Open"])
        for card in shown:
            assert not card.buttons or card.text.startswith(f"✅ {truth.owner_name} is answering")
    else:
        assert buttons in ([], ["Reopen"])


async def nothing_is_left_over(redis: Redis) -> None:
    for operator in OPERATORS:
        chat = ChatId(operator)
        assert not await redis.exists(outbox_key(chat), redraws_key(chat), chat_key(chat))
    assert not await redis.exists("onduty:failed")
