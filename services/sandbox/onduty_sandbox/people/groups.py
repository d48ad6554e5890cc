"""Groups: making them, who is in them, and their upgrade to supergroups."""

from onduty_sandbox.bot_api.bots import Bot
from onduty_sandbox.bot_api.shapes import message_json
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.people.acting import ActError, tell_membership
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.world.chats import Chat, Message, User


def create_group(
    telegram: Telegram, title: str, users: list[User], bots: list[Bot], *, supergroup: bool
) -> Chat:
    """Make a group; its first user is the one who made it and added the bots."""
    if not users:
        raise ActError("A group needs at least one user.")
    kind = "supergroup" if supergroup else "group"
    chat = Chat(id=telegram.world.new_group_id(kind), type=kind, title=title, opened=True)
    chat.users = {user.id: user for user in users}
    telegram.world.groups[chat.id] = chat
    telegram.world.chat_changed("chat", chat)
    for bot in bots:
        set_bot_status(telegram, chat, bot, users[0], "member")
    created: Json = {f"{kind}_chat_created": True}
    _announce(telegram, chat, users[0], created)
    return chat


def set_bot_status(telegram: Telegram, chat: Chat, bot: Bot, actor: User, status: str) -> None:
    """Add the bot, take it out or kick it: member, left or kicked."""
    if status not in ("member", "left", "kicked"):
        raise ActError("The status is member, left or kicked.")
    old = chat.bots.get(bot.user.id, "left")
    if old == status:
        return
    chat.bots[bot.user.id] = status
    tell_membership(telegram, bot, chat, actor, old, status)
    telegram.world.chat_changed("chat", chat)


def upgrade(telegram: Telegram, chat: Chat) -> Chat:
    """Make a supergroup of a group; the old id only names the new one from now on."""
    if chat.type != "group" or chat.migrated_to is not None:
        raise ActError("Only a group that is none yet becomes a supergroup.")
    new_id = telegram.world.new_group_id("supergroup")
    new = Chat(id=new_id, type="supergroup", title=chat.title, opened=True)
    new.users = dict(chat.users)
    new.bots = dict(chat.bots)
    telegram.world.groups[new_id] = new
    owner = next(iter(chat.users.values()))
    _announce(telegram, chat, owner, {"migrate_to_chat_id": new_id})
    chat.migrated_to = new_id
    telegram.world.chat_changed("chat", chat)
    _announce(telegram, new, owner, {"migrate_from_chat_id": chat.id})
    return new


def _announce(telegram: Telegram, chat: Chat, actor: User, content: Json) -> Message:
    """Put a service message into the chat; every bot gets it."""
    message = telegram.world.add_message(chat, actor, content)
    telegram.world.changed("message", message)
    for bot in telegram.bots_in(chat):
        bot.updates.add("message", message_json(message), chat.id)
    return message
