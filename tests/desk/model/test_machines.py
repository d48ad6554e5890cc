"""The state machines say what the scripts do, and the documentation shows them."""

import re
from typing import get_args

import pytest

from lua_files import LUA, ROOT, arguments, code
from onduty_desk.model.machines import (
    BOARD,
    CONVERSATION,
    COPY,
    DELIVERY,
    NUDGE,
    REPLY,
    Transition,
    diagram,
    table,
)
from onduty_desk.model.topic_machine import TOPIC
from onduty_desk.model.words import (
    BOARD_STEPS,
    NUDGE_STEPS,
    TOPIC_STEPS,
    DeliveryState,
    ReplyState,
    State,
    Step,
)

CODE = {name.rpartition("/")[2]: code(text) for name, text in LUA.items()}


def transitions_in(transitions: tuple[Transition, ...]) -> set[tuple[str, str]]:
    return {(one.by, one.target) for one in transitions if one.source != one.target}


def test_conversations_change_their_state_where_the_table_says() -> None:
    """By those modules, into those states; a conversation without a state waits."""
    found = {
        (name, state)
        for name, text in CODE.items()
        for call in arguments(text, "conversations.write(")
        for state in re.findall(r"\bstate = words\.state\.(\w+)", call)
    }
    assert found | {("route", "waiting")} == transitions_in(CONVERSATION)


def test_deliveries_change_their_state_where_the_table_says() -> None:
    """Every write of a delivery's state is a transition of the table, and the other way round."""
    written = re.compile(r"deliveries\.mark\([^,]+, [^,]+, words\.delivery\.(\w+)\)")
    found = {
        (name, state.replace("_", " "))
        for name, text in CODE.items()
        for state in written.findall(" ".join(text.split()))
    }
    found |= {(name, "waiting") for name, text in CODE.items() if "deliveries.wait(" in text}
    for outcome in ("sent", "given_up"):
        assert re.search(rf"finish\([^;]*words\.delivery\.{outcome}", CODE["settled_send"])
    assert "words.delivery.given_up" in CODE["aside"]
    by_hand = {
        ("settled_send", "sent"),
        ("settled_send", "given up"),
        ("aside", "given up"),
    }
    assert found | by_hand == transitions_in(DELIVERY)


@pytest.mark.parametrize(
    ("transitions", "states"),
    [(CONVERSATION, get_args(State)), (DELIVERY, get_args(DeliveryState))],
)
def test_each_state_can_be_reached_and_left(
    transitions: tuple[Transition, ...], states: tuple[str, ...]
) -> None:
    """No state is a word only; what is sent, withdrawn or summarised stays so."""
    assert {one.target for one in transitions} == set(states)
    assert {one.source for one in transitions} - {""} >= set(states) - {
        "sent",
        "withdrawn",
        "summarised",
    }


def test_each_step_of_a_copy_begins_and_ends() -> None:
    """What is requested of a phone is done, and what is done was requested."""
    steps = set(get_args(Step)) - {"send", "send_summary"} - NUDGE_STEPS - BOARD_STEPS - TOPIC_STEPS
    assert {one.target for one in COPY} == steps | {"shown", ""}
    assert {one.source for one in COPY} == steps | {"shown", ""}
    requested = re.findall(r"words\.step\.(\w+)", CODE["edits"])
    assert set(requested) == steps - {"send_note"}
    assert {one.by for one in COPY} <= CODE.keys()


def test_each_step_of_a_nudge_begins_and_ends() -> None:
    """And each is taken, and settled."""
    assert {one.target for one in NUDGE} == NUDGE_STEPS | {"shown", ""}
    assert {one.source for one in NUDGE} == NUDGE_STEPS | {"shown", ""}
    assert set(re.findall(r"words\.step\.(\w+)", CODE["next_nudge"])) == NUDGE_STEPS
    assert {one.by for one in NUDGE} <= CODE.keys()


def test_each_step_of_a_board_begins_and_ends() -> None:
    """And each is taken, and settled."""
    assert {one.target for one in BOARD} == BOARD_STEPS | {"shown", ""}
    assert {one.source for one in BOARD} == BOARD_STEPS | {"shown", ""}
    assert set(re.findall(r"words\.step\.(\w+)", CODE["next_board"])) == BOARD_STEPS
    assert set(re.findall(r"SETTLE\[words\.step\.(\w+)\]", CODE["settle_board"])) == BOARD_STEPS
    assert {one.by for one in BOARD} <= CODE.keys()


def test_each_step_of_a_topic_begins_and_ends() -> None:
    """And each is taken, and settled."""
    assert {one.target for one in TOPIC} == TOPIC_STEPS | {"shown", ""}
    assert {one.source for one in TOPIC} == TOPIC_STEPS | {"shown", ""}
    assert set(re.findall(r"words\.step\.(\w+)", CODE["topic_steps"])) == TOPIC_STEPS
    settled = re.findall(r"SETTLE\[words\.step\.(\w+)\]", CODE["settle_topic"])
    assert set(settled) == TOPIC_STEPS
    assert {one.by for one in TOPIC} <= CODE.keys()


def test_each_state_of_an_answer_is_set_and_shown() -> None:
    """By the modules that keep them, and each that is seen as a reaction of its own."""
    states = set(get_args(ReplyState))
    assert {one.target for one in REPLY} - {""} == states
    assert {one.source for one in REPLY} - {""} == states - {"deleted"}
    assert {one.by for one in REPLY} <= CODE.keys()
    keep = CODE["replies"] + CODE["delays"]
    assert set(re.findall(r"words\.reply_state\.(\w+)", keep)) == states
    shown = re.findall(r"\[words\.reply_state\.(\w+)\] = ", CODE["reactions"])
    assert set(shown) == states - {"held", "delayed", "deleted"}


@pytest.mark.parametrize("transitions", [CONVERSATION, DELIVERY, COPY, NUDGE, BOARD, TOPIC, REPLY])
def test_the_documentation_shows_them(transitions: tuple[Transition, ...]) -> None:
    """As they are; `python -m onduty_desk.model` prints them."""
    text = (ROOT / "docs" / "state_machines.md").read_text()
    assert f"```mermaid\n{diagram(transitions)}\n```" in text
    assert table(transitions) in text
