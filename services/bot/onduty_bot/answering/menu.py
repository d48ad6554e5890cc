"""The commands, as Telegram's menu and the bot's own help show them."""

from functools import partial

from telegram import BotCommand, BotCommandScopeAllPrivateChats

from onduty_bot.answering.retry import retry_until_done
from onduty_desk.telegram.bot import Bot
from onduty_desk.telegram.token import TokenWatch
from onduty_desk.texts import LANGUAGES, Words, words


def menu(words: Words) -> list[BotCommand]:
    """Return the commands with their descriptions."""
    return [
        BotCommand("on", words.gettext("Start receiving messages")),
        BotCommand("off", words.gettext("Stop receiving messages")),
        BotCommand("queue", words.gettext("See who waits")),
        BotCommand("mine", words.gettext("See whom you are answering")),
        BotCommand("who", words.gettext("See who is on duty")),
        BotCommand("status", words.gettext("See whether you are on duty")),
        BotCommand("help", words.gettext("How this works")),
    ]


def listed(words: Words) -> str:
    """Return the commands as lines of a message."""
    return "\n".join(f"/{command.command}: {command.description}" for command in menu(words))


async def register_commands(bot: Bot, token: TokenWatch) -> None:
    """Set the commands for private chats at Telegram: in English by default, and per language."""
    scope = BotCommandScopeAllPrivateChats()
    for language in LANGUAGES:
        register = partial(
            bot.set_my_commands,
            menu(words(language)),
            scope=scope,
            language_code=None if language == "en" else language,
        )
        await retry_until_done(register, "commands.not_registered", token)
