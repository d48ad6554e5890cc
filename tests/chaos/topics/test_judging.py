"""What judges topics must see each way in which one can be wrong."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from chaos.copies import lies
from chaos.shown_message import shown_message
from chaos.topics.judging import OnPhone, outside, unknown_topics, wrong_topics
from chaos.truth import Known, Truth
from onduty_desk.conversations.verbs import Verb
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage
from onduty_sandbox.client.topics import TopicOnPhone

ANNA, BORIS = ChatId(801), ChatId(802)
THREAD, CONTEXT, CARD = 7, 8, 6
OWN = {"state": "claimed", "group": "topics", "owner": "801", "owner_name": "Anna"}
HIS = OWN | {"owner": "802", "owner_name": "Boris"}
WAITING = {"state": "waiting", "group": "topics"}
CLOSED = {"state": "closed", "group": "topics", "closed_by": "801"}
RECORD = {"thread": THREAD, "context": CONTEXT, "pinned": True}
VERBS = {
    "☑️ Close": Verb.CLOSE,
    "↩️ Release": Verb.RELEASE,
    "⋯": Verb.MENU,
    "👀 Open": Verb.OPEN,
    "🙋 I'll answer": Verb.CLAIM,
    "Reopen": Verb.REOPEN,
}
LINE = "🟢 Alice of t1 · in its topic"
YOURS = "🟢 Alice of t1 · waits for your answer"
HERE = {"topic": THREAD, "card": CARD}


def bubble(number: int, text: str, *buttons: str, **others: object) -> ChatMessage:
    return shown_message(
        ANNA, text, buttons, lambda it: VERBS.get(it, it), message_id=number, **others
    )


def context(
    text: str = YOURS, *buttons: str, number: int = CONTEXT, pinned: bool = True
) -> ChatMessage:
    shown = buttons or ("☑️ Close", "↩️ Release", "⋯")
    return bubble(number, f"{text}\n[t1-1] Where is it?", *shown, topic=THREAD, pinned=pinned)


CARD_LINE = bubble(CARD, LINE, "☑️ Close", "↩️ Release")


def topic(name: str = "Alice of t1 · The Shop", number: int = THREAD) -> TopicOnPhone:
    return TopicOnPhone(number, name, 0, None, False, None, "", 0)  # noqa: FBT003 - its fields


@dataclass
class Phone:
    """Anna's, where all is well if nothing else is said."""

    fields: Mapping[str, str] = field(default_factory=lambda: OWN)
    copy: Mapping[str, object] = field(default_factory=lambda: HERE)
    records: Mapping[str, Mapping[str, object]] = field(default_factory=lambda: {"t1": RECORD})
    state: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[TopicOnPhone, ...] = (topic(),)
    shown: tuple[ChatMessage, ...] = (CARD_LINE, context())

    @property
    def truth(self) -> Truth:
        known = Known(self.fields, {ANNA: self.copy}, ("t1-1",), frozenset({ANNA, BORIS}))
        return Truth({"t1": known}, frozenset({ANNA, BORIS}))

    @property
    def on(self) -> dict[ChatId, OnPhone]:
        return {ANNA: OnPhone(self.records, self.state, self.topics, self.shown)}

    def wrong(
        self,
        *,
        strangers: frozenset[tuple[int | None, int | None]] = frozenset(),
        deleted: tuple[tuple[int, int], ...] = (),
    ) -> list[str]:
        return wrong_topics(self.truth, self.on, strangers, deleted)


FLAT = Phone(copy={"card": CARD}, shown=(bubble(CARD, YOURS, "☑️ Close", "↩️ Release", "⋯"),))
PASSED = Phone(
    fields=HIS,
    topics=(topic("→ Boris · Alice of t1"),),
    shown=(context("👤 Alice of t1 · Boris is answering", "👀 Open"),),
)


LATER = {"flat_until_ms": str((time.time() + 86_400) * 1000)}
"""The tests may run an hour after this was read."""


def test_whoever_owns_it_answers_in_its_topic() -> None:
    """Or flat: where there is none, or topics fail for now, or are not wanted."""
    assert not Phone().wrong()
    assert not replace(FLAT, records={}, topics=()).wrong()
    assert not replace(FLAT, records={"t1": {"flat": True}}, topics=()).wrong()
    assert not replace(FLAT, state=LATER).wrong()
    assert not replace(FLAT, state={"off": "1"}).wrong()


@pytest.mark.parametrize(
    "phone",
    [
        FLAT,
        replace(FLAT, records={"t1": {}}, topics=()),
        Phone(state=LATER),
        Phone(state={"off": "1"}),
        Phone(topics=()),
        Phone(topics=(topic("✓ Alice of t1"),)),
        Phone(shown=(CARD_LINE,)),
        Phone(shown=(CARD_LINE, replace(context(), deleted=True))),
        Phone(shown=(CARD_LINE, context(pinned=False))),
        Phone(shown=(CARD_LINE, context(), context(number=12))),
        Phone(shown=(CARD_LINE, context(YOURS, "👀 Open"))),
        Phone(shown=(CARD_LINE, context("🟢 Alice of t1 · answered"))),
        Phone(shown=(bubble(CARD, f"{LINE}\n[t1-1] Where is it?", "☑️ Close"), context())),
        Phone(shown=(CARD_LINE, context(), bubble(9, "", topic=THREAD, pins=CONTEXT))),
        Phone(records={"t1": RECORD, "t1 9": {"thread": 9, "remove": True}}),
    ],
)
def test_what_is_wrong_with_the_topic_of_its_owner(phone: Phone) -> None:
    """Not used, used and not there, another name, no buttons, too many, not true, not short."""
    assert len(phone.wrong()) == 1


def test_a_message_of_which_the_desk_never_learned_is_left_out() -> None:
    """Its sender died: it is counted among the unknown sends."""
    twice = Phone(shown=(CARD_LINE, context(), context(number=12)))
    assert not twice.wrong(strangers=frozenset({(ANNA, 12)}))


def test_off_duty_nobody_needs_one() -> None:
    """It is made, and mended, when its owner is back."""
    known = FLAT.truth.conversations
    assert not wrong_topics(Truth(known, frozenset({BORIS})), FLAT.on, frozenset(), ())


@pytest.mark.parametrize(
    ("fields", "name", "text", "button"),
    [
        (HIS, "→ Boris · Alice of t1", "👤 Alice of t1 · Boris is answering", "👀 Open"),
        (WAITING, "↩ Alice of t1", "Alice of t1 · 2 messages", "🙋 I'll answer"),
        (CLOSED, "✓ Alice of t1", "☑️ Alice of t1 · closed by you", "Reopen"),
    ],
)
def test_whose_is_another_s_by_now_says_so(
    fields: Mapping[str, str], name: str, text: str, button: str
) -> None:
    """By its name and its one message with buttons; one whose message is lost by its name."""
    well = Phone(fields, {}, topics=(topic(name),), shown=(context(text, button),))
    assert not well.wrong()
    assert replace(well, topics=(topic(),)).wrong()
    assert replace(well, topics=()).wrong()
    assert not replace(well, topics=()).wrong(deleted=((ANNA, THREAD),))
    assert replace(well, shown=(context(text, "☑️ Close"),)).wrong()
    assert replace(well, shown=(*well.shown, context(text, button, number=12))).wrong()
    assert not replace(well, records={"t1": {"thread": THREAD}}, shown=()).wrong()
    assert not replace(well, records={}).wrong()


def test_buttons_that_would_be_refused_are_gone() -> None:
    """As below a card: of what somebody else has closed nothing is left to tap."""
    closed = Phone({"state": "closed", "group": "topics"}, {}, topics=(topic("✓ Alice of t1"),))
    bare = bubble(CONTEXT, "☑️ Alice of t1 · closed", topic=THREAD)
    assert not replace(closed, shown=(bare,)).wrong()
    assert replace(closed, shown=(context("☑️ Alice of t1 · closed", "Reopen"),)).wrong()


def test_a_topic_in_no_record_is_unknown() -> None:
    """Of customers; what operators make is theirs."""
    two = (topic(), topic(number=9), topic("Lunch", 11))
    assert unknown_topics(Phone(topics=two).on) == {(ANNA, 9)}


def test_cards_are_judged_without_what_stands_in_topics() -> None:
    """The card of what its owner answers in a topic is one line, with two buttons."""

    def lied(phone: Phone) -> list[str]:
        return lies(phone.truth, outside({ANNA: phone.shown}), [ANNA])

    assert not lied(Phone())
    assert not lied(FLAT)
    assert not lied(Phone(copy=HERE | {"menu_until_ms": (time.time() + 9) * 1000}))
    assert lied(replace(FLAT, copy=HERE))
    assert lied(replace(FLAT, shown=(CARD_LINE,)))
    assert lied(Phone(shown=(bubble(CARD, LINE, "👀 Open"), context())))
    assert lied(Phone(shown=(CARD_LINE, replace(CARD_LINE, message_id=9), context())))
    assert lied(Phone(shown=(context(),)))
    assert not lied(
        replace(
            PASSED,
            shown=(bubble(CARD, "👤 Alice of t1 · Boris is answering", "👀 Open"), context()),
        )
    )
