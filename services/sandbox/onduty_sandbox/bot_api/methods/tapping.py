"""Answering a tap on a button (https://core.telegram.org/bots/api#answercallbackquery)."""

from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.texts.html import utf16_length
from onduty_sandbox.wire.errors import bad_request

# "Text of the notification. […] 0-200 characters".
LONGEST_ANSWER = 200
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


async def answer_callback_query(call: Call) -> Answer:
    """End the spinner on the tapped button, and say something if there is a text."""
    tap = call.bot.taps.get(call.arguments.text("callback_query_id"))
    if tap is None or tap.answered or tap.expires_at <= call.telegram.clock.epoch():
        raise bad_request(TOO_OLD)
    text = call.arguments.text("text")
    if utf16_length(text) > LONGEST_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    tap.answered = True
    tap.text = text
    tap.show_alert = call.arguments.flag("show_alert")
    tap.url = call.arguments.text("url") or None
    tap.changed.notify()
    call.world.changed(
        "tap_answered", tap.message, user_id=tap.user.id, text=text, show_alert=tap.show_alert
    )
    return Answer(result=True)
