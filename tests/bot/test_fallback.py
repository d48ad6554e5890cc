"""Whatever else an operator sends is answered."""

import pytest
from redis.asyncio import Redis
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.phones import Deliver, answers, ask, next_answer, sign_in
from onduty import CustomerMessage
from onduty.wire import message_key
from onduty_desk.model.keys import ChatId, ConversationId, card_key, messages_key
from onduty_desk.telegram.bot import Bot
from onduty_sandbox.client import Phone

pytestmark = pytest.mark.usefixtures("bot")
NO_ONE = "This reached no one. To answer a customer, open the link in their message."
STICKER = {
    "file_id": "s",
    "file_unique_id": "s",
    "type": "regular",
    "width": 1,
    "height": 1,
    "is_animated": False,
    "is_video": False,
}
PLACE = {"longitude": 1.0, "latitude": 1.0}
PHOTO = [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]


async def put_card(redis: Redis, *urls: str | None) -> int:
    """Write down that Anna's message 1 is a card of a conversation with these reply links."""
    conversation = ConversationId("c1")
    for place, url in enumerate(urls):
        message = CustomerMessage(
            id=f"m{place}", text="Hello", customer_name="Alice", recipient="Shop", reply_url=url
        )
        await redis.set(message_key(message.id), message.model_dump_json())
        await redis.zadd(messages_key(conversation), {message.id: place})
    await redis.set(card_key(ChatId(101), 1), conversation)
    return 1


async def test_a_text_on_duty_reached_no_one(anna: Phone) -> None:
    """Nobody believes that a customer has read what no customer got."""
    await sign_in(anna)

    assert await ask(anna, "Dear customer, …") == NO_ONE


async def test_a_reply_to_a_card_gets_the_newest_link(anna: Phone, redis: Redis) -> None:
    """The link to answer is given right there."""
    await sign_in(anna)
    card = await put_card(redis, "https://shop.test/old", "https://shop.test/new")

    answer = await ask(anna, "Dear customer, …", reply_to=card)
    assert answer == "This did not reach the customer\n\nAnswer here: https://shop.test/new"


async def test_a_reply_to_a_card_without_a_link_says_so(anna: Phone, redis: Redis) -> None:
    """Without a link the bot says where else to look."""
    await sign_in(anna)
    card = await put_card(redis, "https://shop.test/old", None)

    answer = await ask(anna, "Dear customer, …", reply_to=card)
    assert answer.startswith("This did not reach the customer\n\nTheir message came without a link")


async def test_a_reply_to_a_card_off_duty_stays_and_tells_nothing_new(
    anna: Phone, redis: Redis
) -> None:
    """It can be copied to where it belongs; what came after /off is not shown, links neither."""
    await sign_in(anna)
    await ask(anna, "/off")
    card = await put_card(redis, "https://shop.test/new")

    answer = await ask(anna, "Dear customer, …", reply_to=card)
    assert answer.startswith("This did not reach the customer\n\nYou are off duty.")
    assert "https://" not in answer
    assert "Dear customer, …" in [message.text for message in await anna.messages()]


async def test_answers_to_customers_while_the_phrase_is_asked_for_are_no_wrong_tries(
    anna: Phone, redis: Redis
) -> None:
    """Somebody kicked in the midst of a conversation is told of each answer, and not locked out."""
    await sign_in(anna)
    await ask(anna, "/off")
    card = await put_card(redis, "https://shop.test/new")
    await ask(anna, "/on")

    said = [await ask(anna, f"Dear customer, {number}", reply_to=card) for number in range(6)]
    assert {text.partition("\n")[0] for text in said} == {"This did not reach the customer"}
    kept = [message.text for message in await anna.messages() if not message.deleted]
    assert "Dear customer, 5" in kept

    guessed = await ask(anna, "open sesame", reply_to=card)
    assert guessed == said[0], "as many replies are a guessing game for nobody"
    assert (await ask(anna, "open sesame")).startswith("You've started receiving messages")


async def test_the_phrase_signs_in_as_a_reply_to_a_card_too(anna: Phone, redis: Redis) -> None:
    """Whose app still holds the reply to a customer gives the phrase all the same."""
    await sign_in(anna)
    await ask(anna, "/off")
    card = await put_card(redis, "https://shop.test/new")
    await ask(anna, "/on")

    told = await ask(anna, "open sesame", reply_to=card)
    assert told.startswith("You've started receiving messages")


async def test_a_reply_to_anything_else_is_a_text(anna: Phone) -> None:
    """A reply to the bot's own answer reached no one either."""
    await sign_in(anna)

    assert await ask(anna, "thanks", reply_to=2) == NO_ONE


async def test_an_unknown_command_is_answered_with_those_that_exist(anna: Phone) -> None:
    """A typing error costs one message."""
    answer = await ask(anna, "/onn")

    assert answer.startswith("I do not know this command. You can use:\n\n/on: ")


@pytest.mark.parametrize("content", [{"sticker": STICKER}, {"photo": PHOTO}, {"location": PLACE}])
async def test_what_is_no_text_is_answered_too(
    anna: Phone, deliver: Deliver, content: dict[str, object]
) -> None:
    """Never silence, on duty or off."""
    await ask(anna, "/start")
    await deliver(message=content)
    answer = await next_answer(anna, 1)
    assert answer == "This reached no one. Send /on to start receiving messages."
    await sign_in(anna)
    await deliver(message=content)
    assert await next_answer(anna, 4) == NO_ONE


async def test_an_album_is_answered_once(anna: Phone, deliver: Deliver) -> None:
    """Ten photos are one message to a person."""
    await sign_in(anna)
    for _ in range(5):
        await deliver(message={"photo": PHOTO, "media_group_id": "7"})
    await next_answer(anna, 2)
    await ask(anna, "/status")

    assert len(await answers(anna)) == 4


async def test_a_change_is_answered(anna: Phone) -> None:
    """Who corrects a message learns that nobody reads the correction."""
    await sign_in(anna)
    note = await anna.send("note")
    await next_answer(anna, 2)
    await anna.edit(note, "a better note")

    again = await next_answer(anna, 3)
    assert again == "I read a message only once. Send it again as a new one."


async def test_a_command_changed_into_another_does_nothing(anna: Phone) -> None:
    """A command counts as it was sent."""
    await sign_in(anna)
    command = await anna.send("/status")
    await next_answer(anna, 2)
    await anna.edit(command, "/off")

    assert (await next_answer(anna, 3)).startswith("I read a message only once.")
    assert (await ask(anna, "/status")).startswith("You have been on duty")


async def test_a_chats_own_notes_are_nobodys_business(anna: Phone, deliver: Deliver) -> None:
    """Telegram's own notes in a chat are not answered."""
    await sign_in(anna)
    await deliver(message={"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}})
    await ask(anna, "/status")

    assert len(await answers(anna)) == 3


async def test_a_tap_on_an_old_button_is_answered(anna: Phone, telegram: Bot) -> None:
    """No button spins for ever."""
    await ask(anna, "/start")
    button = InlineKeyboardButton("Take it", callback_data="old")
    card = await telegram.send_message(101, "A card", reply_markup=InlineKeyboardMarkup([[button]]))

    answer = await anna.tap(card.message_id, "Take it")
    assert answer.text == "This button does not work any more."
