"""Quick replies: an admin keeps them, an operator sees one filled in and sends it."""

import asyncio

from bot.customers import ask
from bot.quick_replies.conftest import answering
from bot.replying.answering import Answering
from bot.replying.arrived import replies
from chat_backend import ChatBackend
from onduty.events import ReplySent
from onduty_sandbox.client import ChatMessage, Phone
from waiting import until

LONG = "We are open from 9 to 5, {customer}. " * 12


async def choice(one: Answering, card: int, title: str) -> ChatMessage:
    """Tap ⚡ and a title; return the message that shows it filled in."""
    await one.phone.wait_for(lambda m: "⚡" in m.button_texts)
    await one.phone.tap(card, "⚡")
    asked = await one.phone.wait_for("⚡ What shall Alice get?", after=card)
    await one.phone.tap(asked.message_id, title)
    return await one.phone.wait_for(
        lambda m: m.message_id == asked.message_id and "not sent yet" in m.text
    )


async def test_one_is_seen_filled_in_and_sent(owner: Answering, delivered: ChatBackend) -> None:
    """Just as it was shown; the message shows what became of it, and stays."""
    await ask(owner.phone, "/name Anna from Support")
    await ask(owner.phone, "/replies add Hello: Hello {customer} & co, I am {operator}.")
    card = await answering(owner)
    shown = await choice(owner, card, "Hello")
    text = "Hello Alice & co, I am Anna from Support."
    assert shown.text == f"⚡ To Alice, not sent yet:\n\n{text}"
    assert shown.button_texts == ["Send", "Copy, to change it", "Back"]
    await ask(owner.phone, "/replies change 1 Hello: Something else")
    tapped = await owner.phone.tap(shown.message_id, "Send")
    assert tapped.text == "On its way to Alice"
    await owner.shows(shown.message_id, "👍")
    (reply,) = [event for event in delivered.received if isinstance(event, ReplySent)]
    assert (reply.text, reply.html) == (text, text.replace("&", "&amp;"))
    assert reply.operator.name == "Anna from Support"
    sent = await owner.phone.wait_for(
        lambda m: m.message_id == shown.message_id and not m.buttons and not m.deleted
    )
    assert sent.text == f"⚡ To Alice:\n\n{text}"


async def test_send_twice_sends_once(owner: Answering, delivered: ChatBackend) -> None:
    """Also by two taps at the same moment; whoever chose from it once more is told."""
    await ask(owner.phone, "/replies add Hello: Hello!")
    card = await answering(owner)
    shown = await choice(owner, card, "Hello")
    taps = await asyncio.gather(
        *(owner.phone.tap(shown.message_id, "Send") for _ in range(2)), return_exceptions=True
    )
    texts = [one if isinstance(one, BaseException) else one.text for one in taps]
    assert "On its way to Alice" in texts
    await owner.shows(shown.message_id, "👍")
    assert replies(delivered) == [("of Alice", "Hello!")]


async def test_another_is_chosen_before_it_is_sent(
    owner: Answering, delivered: ChatBackend
) -> None:
    """Back shows the choice again; what is shown last is what goes."""
    await ask(owner.phone, "/replies add Hello: Hello!")
    await ask(owner.phone, "/replies add Hours: 9 to 5.")
    card = await answering(owner)
    shown = await choice(owner, card, "Hello")
    await owner.phone.tap(shown.message_id, "Back")
    await owner.phone.wait_for(lambda m: m.button_texts == ["Hello", "Hours"])
    await owner.phone.tap(shown.message_id, "Hours")
    await owner.phone.wait_for(lambda m: "9 to 5." in m.text and "Send" in m.button_texts)
    await owner.phone.tap(shown.message_id, "Send")
    await owner.shows(shown.message_id, "👍")
    assert replies(delivered) == [("of Alice", "9 to 5.")]


async def test_a_long_one_is_code_to_be_copied_by_a_tap(
    owner: Answering, delivered: ChatBackend
) -> None:
    """Telegram's button copies 256 characters at most."""
    await ask(owner.phone, f"/replies add Hours: {LONG}")
    card = await answering(owner)
    shown = await choice(owner, card, "Hours")
    assert shown.button_texts == ["Send", "Back"]
    (mark,) = [one for one in shown.entities if one["type"] == "pre"]
    text = LONG.replace("{customer}", "Alice").strip()
    assert shown.text[int(str(mark["offset"])) :] == text
    await owner.phone.tap(shown.message_id, "Send")
    await owner.shows(shown.message_id, "👍")
    assert replies(delivered) == [("of Alice", text)]


async def test_of_a_customer_who_is_a_colleagues_by_now_it_is_asked_first(
    owner: Answering, bob: Phone, delivered: ChatBackend
) -> None:
    """As with every answer."""
    await ask(owner.phone, "/replies add Hello: Hello!")
    card = await answering(owner)
    shown = await choice(owner, card, "Hello")
    await owner.phone.tap(card, "↩️ Release")
    await ask(bob, "/on")
    await bob.send("open sesame")
    waits = await bob.wait_for(lambda m: "🙋 I'll answer" in m.button_texts)
    await bob.tap(waits.message_id, "claim")
    await bob.wait_for("🟢 Alice")
    assert (await owner.phone.tap(shown.message_id, "Send")).text == "Bob is answering Alice."
    assert replies(delivered) == []
    await owner.phone.wait_for(lambda m: m.button_texts == ["Take over and send"])
    tapped = await owner.phone.tap(shown.message_id, "Take over and send")
    assert tapped.text == "On its way to Alice"
    await owner.shows(shown.message_id, "👍")
    sent = await owner.phone.wait_for(lambda m: m.message_id == shown.message_id and not m.buttons)
    assert (sent.text, sent.deleted) == ("⚡ To Alice:\n\nHello!", False)
    assert replies(delivered) == [("of Alice", "Hello!")]


async def test_what_is_removed_meanwhile_is_not_sent(
    owner: Answering, delivered: ChatBackend
) -> None:
    """The choice is shown again as it is now."""
    await ask(owner.phone, "/replies add Hello: Hello!")
    card = await answering(owner)
    await owner.phone.wait_for(lambda m: "⚡" in m.button_texts)
    await owner.phone.tap(card, "⚡")
    asked = await owner.phone.wait_for("⚡ What shall Alice get?")
    await ask(owner.phone, "/replies remove 1")
    tapped = await owner.phone.tap(asked.message_id, "Hello")
    assert tapped.text == "This one is removed. Choose again."
    await owner.phone.wait_for("there are no quick replies any more")
    assert replies(delivered) == []


async def test_without_any_there_is_no_button(owner: Answering) -> None:
    """Nor without answers from Telegram."""
    await answering(owner)
    own = await owner.phone.wait_for("🟢 Alice")
    assert own.button_texts == ["☑️ Close", "↩️ Release", "⋯", "📝 Note"]


async def test_names_with_braces_are_names(owner: Answering, delivered: ChatBackend) -> None:
    """What a customer is called fills in nothing itself."""
    await ask(owner.phone, "/replies add Hello: Hello {customer}!")
    owner.write("{operator}")
    waits = await owner.phone.wait_for(lambda m: m.text.startswith("I am {operator}"))
    await owner.phone.tap(waits.message_id, "claim")
    await owner.phone.wait_for(lambda m: "⚡" in m.button_texts)
    await owner.phone.tap(waits.message_id, "⚡")
    asked = await owner.phone.wait_for("⚡ What shall")
    await owner.phone.tap(asked.message_id, "Hello")
    await owner.phone.wait_for(lambda m: "Send" in m.button_texts)
    await owner.phone.tap(asked.message_id, "Send")
    await until(lambda: len(replies(delivered)), equals=1)
    assert replies(delivered) == [("of {operator}", "Hello {operator}!")]
