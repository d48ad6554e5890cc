"""Reactions and chat actions (https://core.telegram.org/bots/api#setmessagereaction)."""

from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.wire.errors import bad_request
from onduty_sandbox.wire.json_types import JsonValue

# ReactionTypeEmoji: "Currently, it can be one of".
_EMOJI = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 "
    "⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 "
    "🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"
)
EMOJI = frozenset(_EMOJI.split())
_ACTIONS = (
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document "
    "choose_sticker find_location record_video_note upload_video_note"
)
ACTIONS = frozenset(_ACTIONS.split())


async def set_message_reaction(call: Call) -> Answer:
    """Set the bot's one reaction, or take it away."""
    value = call.arguments.structure("reaction", "can't parse reaction types JSON object")
    if not isinstance(value, list | None):
        raise bad_request("expected an Array of ReactionType")
    emoji = [_read_emoji(reaction) for reaction in value or []]
    chat = call.writable_chat()
    message = call.message_in(chat, "message to react")
    # As non-premium users, bots can set up to one reaction per message, and none that is paid for.
    if len(emoji) > 1 or not EMOJI.issuperset(emoji):
        raise bad_request("REACTION_INVALID")
    if emoji:
        message.reactions[call.bot.user.id] = emoji[0]
    else:
        message.reactions.pop(call.bot.user.id, None)
    call.world.changed("reaction", message)
    return Answer(result=True, message_id=message.message_id)


async def send_chat_action(call: Call) -> Answer:
    """Show for a few seconds that the bot does something."""
    action = call.arguments.text("action").lower()
    if action not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = call.writable_chat()
    topic_id = call.arguments.integer("message_thread_id") if call.bot.has_topics else 0
    topic = chat.topic(topic_id)
    # A topic that is not there any more is no error (tdlib/telegram-bot-api, issue 732).
    if topic is None and topic_id > 0:
        return Answer(result=True)
    (topic or chat).last_action = action
    call.world.chat_changed("chat_action", chat, action=action, topic=topic.id if topic else None)
    return Answer(result=True)


def _read_emoji(reaction: JsonValue) -> str:
    if not isinstance(reaction, dict):
        raise bad_request("can't parse ReactionType: expected an Object")
    if reaction.get("type") not in ("emoji", "custom_emoji", "paid"):
        raise bad_request("can't parse ReactionType: invalid reaction type specified")
    return str(reaction.get("emoji", ""))
