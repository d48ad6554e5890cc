"""The commands, as Telegram's menu and the bot's own help show them."""

from functools import partial

from telegram import BotCommand, BotCommandScopeAllPrivateChats

from onduty_bot.answering.retry import retry_until_done
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import LANGUAGES, Words, words

REGISTER_AGAIN = "restart the bot to try again; until then operators type their commands"


def menu(words: Words, *, has_topics: bool = False) -> list[BotCommand]:
    """Return the commands with their descriptions."""
    topics = [BotCommand("topics", words.gettext("Answer in topics, or without"))]
    return [
        BotCommand("on", words.gettext("Start receiving messages")),
        BotCommand("off", words.gettext("Stop receiving messages")),
        BotCommand("queue", words.gettext("See who waits")),
        BotCommand("mine", words.gettext("See whom you are answering")),
        BotCommand("find", words.gettext("Find a customer by name")),
        BotCommand("who", words.gettext("See who is on duty")),
        BotCommand("pause", words.gettext("Pause, or come back")),
        BotCommand("limit", words.gettext("Set how many customers you answer at once")),
        BotCommand("name", words.gettext("Set the name that customers read")),
        BotCommand("status", words.gettext("See whether you are on duty")),
        BotCommand("undo", words.gettext("Take an answer back: reply to it")),
        BotCommand("mute", words.gettext("Mute a customer: reply to them")),
        *(topics if has_topics else []),
        BotCommand("help", words.gettext("How this works")),
    ]


def admin_menu(words: Words) -> list[BotCommand]:
    """Return the commands of admins; see admin_menus.py."""
    return [
        BotCommand("team", words.gettext("See who is on duty, in which group")),
        BotCommand("kick", words.gettext("Take somebody out of a group")),
        BotCommand("unkick", words.gettext("Let somebody in again")),
        BotCommand("invite", words.gettext("Invite somebody to a group")),
        BotCommand("replies", words.gettext("Keep the quick replies of a group")),
        BotCommand("priority", words.gettext("Say how urgent a customer is")),
    ]


def listed(words: Words, *, is_admin: bool = False, has_topics: bool = False) -> str:
    """Return the commands as lines of a message."""
    commands = [*menu(words, has_topics=has_topics), *(admin_menu(words) if is_admin else [])]
    return "\n".join(f"/{command.command}: {command.description}" for command in commands)


async def register_commands(bot: Bot, token: TokenWatch, *, has_topics: bool = False) -> None:
    """Set the commands for private chats at Telegram: in English by default, and per language."""
    scope = BotCommandScopeAllPrivateChats()
    for language in LANGUAGES:
        register = partial(
            bot.set_my_commands,
            menu(words(language), has_topics=has_topics),
            scope=scope,
            language_code=None if language == "en" else language,
        )
        await retry_until_done(
            register, "commands.not_registered", token, if_refused=REGISTER_AGAIN
        )
