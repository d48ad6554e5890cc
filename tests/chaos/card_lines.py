"""The lines above the text of a card, by what Redis says of its conversation.

What is expected is written here once more and not taken from the dispatcher, whose work it judges.
"""

import re

from chaos.truth import Known
from onduty_desk.model.keys import ChatId
from onduty_sandbox.client import ChatMessage

_NAME = "Alice of [\\w-]+"
_STATUS = re.compile(
    rf"🟢 {_NAME} · (waits for your answer|answered|in its topic|.+ is asked to take over)"
    rf"|👤 {_NAME} · .+ is answering"
    rf"|☑️ {_NAME} · closed.*|↩️ {_NAME} · (returned from .+|it was yours|released: .+)"
    rf"|🔁 {_NAME} · back again, last with .+|⏸️ {_NAME} · .+"
    rf"|🤝 {_NAME} · (passed on by .+|.+ asks you to take this over)"
    rf"|🙋 {_NAME} waits: will you answer\?|⏳ {_NAME} · .+ is asked"
)
_STATUS_OF_THE_LAST_RELEASE = re.compile(
    r"✅ You are answering|✅ .+ is answering|☑️ Closed|↩️ Returned from .+|↩️ It was yours"
    r"|🔁 Back again, last with .+"
)
"""An upgrade leaves cards with its words, which are judged by their buttons alone."""

_LINES_OF_STATUS = 4


def expected_lines(known: Known, chat: ChatId, whose: str) -> set[str]:
    """Return the lines above a card's text, without that of how many messages there are."""
    state, owner = known.state
    if known.asked_by_desk and known.asked_by_desk != chat:
        return {f"⏳ {whose} · {known.fields['pass_to_name']} is asked"}
    if known.fields.get("pass_to") == str(chat) and known.fields.get("pass_by") == "":
        return {f"🙋 {whose} waits: will you answer?", *_before(known, chat, whose)}
    if passed := _passed_on(known, chat, whose):
        return {passed}
    if state == "closed":
        return {f"☑️ {whose} · closed{_closed_by(known, chat)}"}
    if state == "claimed":
        last_word = "answered" if known.fields.get("answered") else "waits for your answer"
        if "topic" in known.copies.get(chat, {}):
            last_word = "in its topic"
        theirs = f"👤 {whose} · {known.fields['owner_name']} is answering"
        return {f"🟢 {whose} · {last_word}" if owner == chat else theirs}
    return _before(known, chat, whose)


def _before(known: Known, chat: ChatId, whose: str) -> set[str]:
    """Return the line that says how it came to wait again."""
    if known.fields.get("returned_by") == str(chat):
        return {f"↩️ {whose} · {_was_yours(known)}"}
    if returned := known.fields.get("returned_from"):
        return {f"↩️ {whose} · returned from {returned}"}
    last = known.fields.get("was_with")
    if known.fields.get("last_owner") == str(chat):
        last = last and "you"
    return {f"🔁 {whose} · back again, last with {last}"} if last else set()


def _passed_on(known: Known, chat: ChatId, whose: str) -> str:
    state, owner = known.state
    to, by = known.fields.get("pass_to"), known.fields.get("handed_by")
    if to == str(chat) and state != "closed":
        return f"🤝 {whose} · {known.fields['pass_by_name']} asks you to take this over"
    if to and state == "claimed" and owner == chat:
        return f"🟢 {whose} · {known.fields['pass_to_name']} is asked to take over"
    is_new = state == "waiting" and not {"returned_from", "was_with"} & known.fields.keys()
    is_new = is_new and len(known.round_messages) < 2 and "answered" not in known.fields
    is_new = is_new and known.fields.get("handed_by_id") != str(chat)
    return f"🤝 {whose} · passed on by {by}" if by and is_new else ""


def _was_yours(known: Known) -> str:
    if delay_ms := known.fields.get("ring_delay_ms"):
        return f"released: colleagues are rung {round(int(delay_ms) / 1000)} seconds later"
    return "it was yours"


def _closed_by(known: Known, chat: ChatId) -> str:
    if known.fields.get("closed_for") == "idle":
        return ": nobody wrote any more"
    closed_by = known.fields.get("closed_by")
    if not closed_by:
        return ""
    return " by you" if closed_by == str(chat) else f" by {known.fields['last_owner_name']}"


def wrong_lines(card: ChatMessage, expected: set[str]) -> list[str]:
    """Return what a card says that is not expected, or does not say."""
    above = card.text.splitlines()[:_LINES_OF_STATUS]
    if any(_STATUS_OF_THE_LAST_RELEASE.fullmatch(line) for line in above):
        return []
    found = {line for line in above if _STATUS.fullmatch(line)}
    return (
        [] if found == expected else [f"says {found or 'nothing'} and not {expected or 'nothing'}"]
    )
