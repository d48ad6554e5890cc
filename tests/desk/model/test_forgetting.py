"""Each key has its place in what is forgotten, and the scripts forget what has one."""

import re

from lua_files import LUA, code
from onduty_desk.model import KEYS
from onduty_desk.model.forgetting import ENDS_BY_ITSELF, ENTRIES, NOTHING, OWN

PARTS = (
    "conversations/forgetting",
    "conversations/name_entries",
    "events/events",
    "failures/failed",
    "noting/forgotten_notes",
    "phones/removing",
    "phones/places",
    "replies/forgotten_replies",
    "topics/forgotten_topics",
)
"""The scripts that forget. What they call for it is `BY_OTHERS`."""

BY_OTHERS = {
    "accepted": "conversations/route",  # when nothing is left in the inbox
    "inbox": "conversations/route",
    "messages": "conversations/transcript",
    "waiting": "conversations/ownership",
    "claims": "conversations/holding",
    "offers": "conversations/offers",
    "offers_due": "conversations/offers",
    "rings": "conversations/operators_rung",
    "rings_due": "conversations/deadlines",
    "due": "conversations/deadlines",
    "delayed_of": "replies/delays",
    "replies_delayed": "replies/delays",
}


def test_every_key_has_its_place_there_once() -> None:
    """Whoever adds one says what becomes of it when a conversation is forgotten."""
    places = (OWN, ENTRIES, ENDS_BY_ITSELF, NOTHING)
    assert sum(len(place) for place in places) == len(KEYS)
    assert frozenset().union(*places) == KEYS.keys()


def test_what_is_of_a_conversation_or_a_message_is_deleted() -> None:
    """By its owner, as the schema says it."""
    of_one = {name for name, key in KEYS.items() if key.owner in {"conversation", "message"}}
    assert of_one <= OWN


def test_the_scripts_name_each_of_these_keys() -> None:
    """And no others that they would have to find."""
    named = set(re.findall(r"\bkeys\.(\w+)", "".join(code(LUA[part]) for part in PARTS)))
    found = {
        name
        for name, part in BY_OTHERS.items()
        if re.search(rf"'(ZREM|LTRIM)', (keys\.{name}\b|inbox)", code(LUA[part]))
    }
    assert found == BY_OTHERS.keys()
    assert (OWN | ENTRIES) - named - BY_OTHERS.keys() == set()
