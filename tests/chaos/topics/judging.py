"""Holds the topics of phones against what Redis says: one for whom its operator owns, true, short.

What is expected is written here once more and not taken from the dispatcher, whose work it judges.
"""

import asyncio
import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from redis.asyncio import Redis

from chaos.card_lines import expected_lines, wrong_lines
from chaos.copies import (
    CUSTOMER,
    Strangers,
    customer,
    expected_buttons,
    is_list,
    without_what_may_be,
)
from chaos.topics.threads import Place
from chaos.truth import Known, Truth
from onduty_desk.model.keys import ChatId
from onduty_desk.model.phone_keys import topics_key, topics_phone_key
from onduty_sandbox.client import ChatMessage, Phone, Sandbox
from onduty_sandbox.client.topics import TopicOnPhone

Phones = Mapping[ChatId, Sequence[ChatMessage]]


@dataclass(frozen=True)
class OnPhone:
    """The topics of one phone: what Redis keeps of them, and what is there."""

    records: Mapping[str, Mapping[str, object]]
    """By conversation; those of topics that are to go have other names."""
    state: Mapping[str, str]
    """How topics fare there."""
    topics: Sequence[TopicOnPhone]
    messages: Sequence[ChatMessage]

    @property
    def are_used(self) -> bool:
        """Whether what is new comes into topics: not where they are off, or fail for now."""
        now_ms = time.time() * 1000
        until_ms = (self.state.get(name, 0) for name in ("flat_until_ms", "refused_until_ms"))
        return "off" not in self.state and all(float(one) <= now_ms for one in until_ms)

    def thread_of(self, name: str) -> int | None:
        return cast("int | None", self.records.get(name, {}).get("thread"))


def outside(phones: Phones) -> dict[ChatId, list[ChatMessage]]:
    """Return what phones show outside of any topic: judged as where there are none."""
    return {chat: [m for m in shown if m.topic is None] for chat, shown in phones.items()}


async def topics_on(
    redis: Redis, sandbox: Sandbox, chats: Collection[ChatId]
) -> dict[ChatId, OnPhone]:
    """Read all of it."""
    found = await asyncio.gather(*(_read(redis, sandbox.phone(chat), chat) for chat in chats))
    return dict(zip(chats, found, strict=True))


async def _read(redis: Redis, phone: Phone, chat: ChatId) -> OnPhone:
    records = cast("dict[str, str]", await redis.hgetall(topics_key(chat)))
    state = cast("dict[str, str]", await redis.hgetall(topics_phone_key(chat)))
    return OnPhone(
        {name: json.loads(one) for name, one in records.items()},
        state,
        await phone.topics(),
        await phone.messages(),
    )


def wrong_topics(
    truth: Truth,
    phones: Mapping[ChatId, OnPhone],
    strangers: Strangers,
    deleted: Collection[Place],
) -> list[str]:
    """Return all that is not so of the topics of each phone.

    Args:
        truth: what is so.
        phones: what they show, and what Redis keeps of their topics.
        strangers: messages that are left out, because the desk never learned of them.
        deleted: topics that their operators have deleted, of which nobody was told.
    """
    found: list[str] = []
    for chat, phone in phones.items():
        for name, known in truth.conversations.items():
            topic = phone.thread_of(name)
            is_gone = topic is not None and (chat, topic) in deleted
            if known.state == ("claimed", chat):
                wrong = _wrong_own(truth, known, chat, name, phone, strangers)
            elif topic is None or is_gone:
                continue  # it is found out with the next change
            else:
                wrong = _wrong_others(truth, known, chat, name, phone, strangers)
            found += [f"{name} on phone {chat}, {known.state}: {what}" for what in wrong]
        to_go = [name for name, one in phone.records.items() if one.get("remove")]
        found += [f"phone {chat}: topic {name!r} is still to be deleted" for name in to_go]
        pins = [m.message_id for m in phone.messages if m.topic and m.pins and not m.deleted]
        found += [f"phone {chat}: bubbles in topics say what was pinned: {pins}"] if pins else []
    return found


def unknown_topics(phones: Mapping[ChatId, OnPhone]) -> set[Place]:
    """Return the topics of customers that are in no record."""
    return {
        (chat, topic.id)
        for chat, phone in phones.items()
        for topic in phone.topics
        if CUSTOMER.search(topic.name)
        and topic.id not in [one.get("thread") for one in phone.records.values()]
    }


def _wrong_own(
    truth: Truth,
    known: Known,
    chat: ChatId,
    name: str,
    phone: OnPhone,
    strangers: Strangers,
) -> Iterator[str]:
    """Its operator answers in the topic; or flat, if there is none, or topics fail for now."""
    record, thread = phone.records.get(name, {}), phone.thread_of(name)
    in_use = known.copies.get(chat, {}).get("topic")
    is_on = truth.is_on(chat, known)
    must_be_used = phone.are_used and name in phone.records and not record.get("flat") and is_on
    if must_be_used and (not thread or in_use != thread):
        yield f"its topic is {thread}, and what is new comes to {in_use or 'the card'}"
    if not phone.are_used and in_use:
        yield f"topics are not used, and what is new comes into {in_use}"
    if not in_use:
        return
    topic = next((one for one in phone.topics if one.id == in_use), None)
    if not topic:
        yield f"its topic {in_use} is not there"
        return
    if topic.name != f"{customer(name)} · The Shop":
        yield f"its topic is called {topic.name!r}"
    yield from _wrong_context(truth, known, chat, name, phone, strangers)
    context = _message(phone, record.get("context"))
    if context and not context.pinned:
        yield f"{context.message_id} in its topic is not pinned"
    copy = known.copies.get(chat, {})
    card = _message(phone, copy.get("card"))
    if card and not card.deleted and len(card.text.splitlines()) > 1:
        yield f"its card {card.message_id} is no line: {card.text!r}"


def _wrong_others(
    truth: Truth,
    known: Known,
    chat: ChatId,
    name: str,
    phone: OnPhone,
    strangers: Strangers,
) -> Iterator[str]:
    """It stays, and says whose the customer is by now."""
    thread = phone.thread_of(name)
    topic = next((one for one in phone.topics if one.id == thread), None)
    if not topic:
        yield f"its topic {thread} is not there"
        return
    state, owner = known.state
    names = {
        "waiting": f"↩ {customer(name)}",
        "closed": f"✓ {customer(name)}",
        "claimed": f"→ {known.fields.get('owner_name')} · {customer(name)}",
    }
    if topic.name != names[state]:
        yield f"its topic is called {topic.name!r}, it is {owner or 'nobody'}'s"
    yield from _wrong_context(truth, known, chat, name, phone, strangers)


def _wrong_context(
    truth: Truth,
    known: Known,
    chat: ChatId,
    name: str,
    phone: OnPhone,
    strangers: Strangers,
) -> Iterator[str]:
    """One message in the topic has buttons, those of a card where there are no topics."""
    thread, context = phone.thread_of(name), phone.records[name].get("context")
    shown = [
        m
        for m in phone.messages
        if m.topic == thread and m.from_bot and not m.deleted and not is_list(m)
    ]
    too_many = [
        m.message_id
        for m in shown
        if m.buttons and m.message_id != context and (chat, m.message_id) not in strangers
    ]
    if too_many:
        yield f"buttons in its topic on {too_many}, too, beside {context}"
    if not context:
        return
    about = next((m for m in shown if m.message_id == context), None)
    if not about:
        yield f"{context}, which says what its topic is about, is not there"
        return
    flat = _without_topic(known, chat)
    is_on = truth.is_on(chat, known)
    expected, or_else = expected_buttons(flat, chat, is_on=is_on)
    if (buttons := without_what_may_be(about)) not in (expected, or_else):
        yield f"{buttons} and not {expected} in {context} of its topic"
    if expected and is_on:
        wrong = wrong_lines(about, expected_lines(flat, chat, customer(name)))
        yield from (f"{context} of its topic {what}" for what in wrong)


def _without_topic(known: Known, chat: ChatId) -> Known:
    """What its card would be about, had the phone no topics."""
    copy = {key: value for key, value in known.copies.get(chat, {}).items() if key != "topic"}
    return replace(known, copies={**known.copies, chat: copy})


def _message(phone: OnPhone, number: object) -> ChatMessage | None:
    return next((m for m in phone.messages if m.message_id == number), None)
