"""Whatever happens, in whatever order: at rest every phone shows the current state."""

import json
from dataclasses import dataclass
from datetime import timedelta

import pytest
from redis.asyncio import Redis

from desk_at_work.at_work import Desk, numbers
from desk_at_work.drawn_anew import changed_when_drawn_anew
from desk_at_work.fixtures import ComeOn, MoveClock, Push
from desk_at_work.stories import CONVERSATIONS, OPERATORS, Story
from onduty_desk.conversations.ownership import Conversations
from onduty_desk.conversations.rules import Rules
from onduty_desk.model.event_keys import EVENTS_WANTED, events_key
from onduty_desk.model.keys import (
    DUE,
    ChatId,
    ConversationId,
    OperatorId,
    card_key,
    claims_key,
    conversation_key,
    list_key,
    waiting_key,
)
from onduty_desk.model.phone_keys import chat_key, outbox_key, redraws_key, silent_key
from onduty_desk.model.roster_keys import ON_DUTY
from onduty_desk.roster.operators import Roster
from onduty_sandbox.client import ChatMessage, Sandbox

CLAIM, LOOK, MENU, NOTE = "🙋 I'll answer", "👀 Look", "⋯", "📝 Note"
TIMERS = {"nudge_at_ms", "return_at_ms", "first_until_ms", "close_at_ms"}


@dataclass(frozen=True)
class Truth:
    """A conversation, as Redis has it."""

    id: str
    state: str
    owner: int | None
    owner_name: str
    is_answered: bool
    texts: list[str]
    """Of this round."""
    fields: dict[str, str]


@pytest.fixture
def rules() -> Rules:
    """Delays as they are, and few hours: what is answered closes within a story."""
    return Rules(buttons_rest=timedelta(0), close_idle_after=timedelta(minutes=15))


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
        await has_the_timers_of(redis, truth, is_answered=story.answered[conversation])
        await events_tell_the_same(redis, truth)
        for operator in OPERATORS:
            cards = await at_work.cards(operator)
            shown = [card for card in cards if await is_about(redis, operator, card, truth)]
            is_on = operator in on_duty
            few_are_left(truth, operator, shown, is_on=is_on)
            if operator == truth.owner or (is_on and truth.state == "waiting"):
                can_answer(truth, operator, shown, is_on=is_on)
            else:
                has_no_say(truth, shown, is_on=is_on)
    for operator in OPERATORS:
        await asks_about_what_is_so(redis, operator, await at_work.nudges(operator))
    await nothing_is_left_over(redis)
    assert await changed_when_drawn_anew(redis, at_work) == []


async def asks_about_what_is_so(redis: Redis, operator: int, nudges: list[ChatMessage]) -> None:
    """One message at most, with a row for each that is asked about, and no other."""
    asked = {str(id_) for id_ in await redis.zrange(silent_key(ChatId(operator)), 0, -1)}
    shown: set[str] = set()
    for nudge in nudges:
        listed = json.loads(str(await redis.get(list_key(ChatId(operator), nudge.message_id))))
        shown = {listed[number - 1] for number in numbers(nudge)}
    assert (len(nudges), shown) == (int(bool(asked)), asked)
    for conversation in shown:
        fields = await redis.hgetall(conversation_key(ConversationId(conversation)))
        assert (fields.get("nudged"), fields.get("owner")) == ("1", str(operator))


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
        "answered" in found,
        said[int(found.get("from_seq", 0)) :],
        {str(name): str(value) for name, value in found.items()},
    )


async def is_about(redis: Redis, operator: int, card: ChatMessage, truth: Truth) -> bool:
    return await redis.get(card_key(ChatId(operator), card.message_id)) == truth.id


async def stands_in_one_list(redis: Redis, truth: Truth) -> None:
    waits = await redis.zscore(waiting_key("support"), truth.id) is not None
    assert waits == (truth.state == "waiting")
    held_by = [n for n in OPERATORS if await redis.zscore(claims_key(OperatorId(n)), truth.id)]
    assert held_by == ([truth.owner] if truth.owner else [])
    assert (truth.owner is not None) == (truth.state == "claimed")


async def has_the_timers_of(redis: Redis, truth: Truth, *, is_answered: bool) -> None:
    """The lease runs while the customer has the last word, and else the time until it closes."""
    if "muted_ms" not in truth.fields:  # what a muted customer writes is no word to answer
        assert ("answered" in truth.fields) == is_answered
    timers = truth.fields.keys() & TIMERS
    match truth.state:
        case "claimed" if is_answered:
            assert timers == {"close_at_ms"}
        case "claimed":
            assert timers in ({"nudge_at_ms"}, {"return_at_ms"})
        case "waiting":
            assert timers <= ({"close_at_ms"} if is_answered else set())
        case "closed":
            assert timers == set()
    assert (await redis.zscore(DUE, truth.id) is not None) == bool(timers)


async def events_tell_the_same(redis: Redis, truth: Truth) -> None:
    key = events_key(ConversationId(truth.id))
    owner = None
    for number, text in enumerate(await redis.lrange(key, 0, -1), start=1):
        event = json.loads(text)
        assert event["sequence"] == number
        match event["type"].removeprefix("conversation."):
            case "delegated" if owner is None:  # it waited when it was passed on
                owner = event["operator"]["id"]
            case "claimed" | "delegated":
                assert event.get("previous", {}).get("id") == owner
                owner = event["operator"]["id"]
            case "released":
                assert event["operator"]["id"] == owner
                owner = None
            case "closed":
                assert ("operator" in event) <= ("reason" not in event)
                owner = None
    assert owner == truth.owner


def can_answer(truth: Truth, operator: int, shown: list[ChatMessage], *, is_on: bool) -> None:
    """All texts are there if they were on duty to get them, and one card has the buttons."""
    is_owner = truth.owner == operator
    buttons = ["☑️ Close", "↩️ Release"] if is_owner else [CLAIM]
    (card,) = [card for card in shown if card.button_texts[: len(buttons)] == buttons]
    hides = "from_seq" in truth.fields or "earlier message" in card.text
    look = [LOOK] if hides and is_on else []
    more = [MENU, NOTE, *look] if is_owner and is_on else [*look, MENU] if is_on else []
    assert card.button_texts == [*buttons, *more]
    last_word = "answered" if truth.is_answered else "waits for your answer"
    assert (f"🟢 Alice · {last_word}" in card.text.splitlines()) == is_owner
    assert is_owner or not [sign for sign in ("🟢", "👤", "☑️") if sign in card.text]
    if is_on:
        everything = "".join(message.text for message in shown)
        assert [text for text in truth.texts if text not in everything] == []
    others = {button for other in shown if other != card for button in other.button_texts}
    assert others <= (set() if is_owner else {CLAIM})


def few_are_left(truth: Truth, operator: int, shown: list[ChatMessage], *, is_on: bool) -> None:
    """Who waits, or is a colleague's, has one message with words; closed, at most one phone has."""
    with_words = [card for card in shown if "<c" in card.text or card.buttons]
    if truth.state == "waiting" and is_on:
        assert len(with_words) == 1
    elif truth.owner != operator:
        assert len(with_words) <= 1
    if truth.state == "closed":
        assert len(shown) <= 1


def has_no_say(truth: Truth, shown: list[ChatMessage], *, is_on: bool) -> None:
    buttons = [button for card in shown for button in card.button_texts]
    if not is_on:
        assert buttons == []
    elif truth.state == "claimed":
        assert buttons in ([], ["👀 Open"])
        for card in shown:
            assert not card.buttons or card.text.startswith(
                f"👤 Alice · {truth.owner_name} is answering"
            )
    else:
        assert buttons in ([], ["Undo"] if "muted_ms" in truth.fields else ["Reopen"])


async def nothing_is_left_over(redis: Redis) -> None:
    for operator in OPERATORS:
        chat = ChatId(operator)
        assert not await redis.exists(outbox_key(chat), redraws_key(chat), chat_key(chat))
    assert not await redis.exists("onduty:failed")
