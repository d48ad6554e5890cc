"""Which handler gets an update: the handlers, in the order they are tried."""

import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from telegram import Message, Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from onduty_bot.about import About
from onduty_bot.going_off import GoingOff
from onduty_bot.group_chats import GroupChats
from onduty_bot.heard import Heard, heard
from onduty_bot.listing import Listing
from onduty_bot.otherwise import Otherwise
from onduty_bot.phrases import Phrases
from onduty_bot.signing_in import SigningIn
from onduty_bot.taps import Taps
from onduty_desk.telegram.bot import Bot
from onduty_desk.texts import spoken, words

_PRIVATE = filters.ChatType.PRIVATE
_NEW = _PRIVATE & filters.UpdateType.MESSAGE
_WRITTEN = filters.TEXT | filters.CAPTION
_COMMAND = filters.COMMAND

_Context = ContextTypes.DEFAULT_TYPE
_Callback = Callable[[Update, _Context], Coroutine[Any, Any, None]]
_Hears = Callable[[Heard], Awaitable[None]]


# PTB's six parameters say nothing here: no job queue, and all data is in Redis.
AnyApplication = Application[Any, Any, Any, Any, Any, Any]


class _Telling(AnyApplication):
    """PTB's dispatching, but a handler's error reaches who called it, who counts and retries."""

    async def process_error(
        self,
        update: object | None,  # noqa: ARG002 - the signature is PTB's
        error: Exception,
        *_: object,
        **__: object,
    ) -> bool:
        raise error


class _IsPhrase(filters.MessageFilter):
    def __init__(self, phrases: Phrases) -> None:
        super().__init__("is a phrase")
        self._phrases = phrases

    def filter(self, message: Message) -> bool:
        return self._phrases.group_of(message.text or message.caption or "") is not None


@dataclass(frozen=True)
class Handlers:
    """What the bot can do, by the file that does it."""

    about: About
    signing_in: SigningIn
    going_off: GoingOff
    taps: Taps
    listing: Listing
    otherwise: Otherwise
    group_chats: GroupChats


def build_application(
    bot: Bot, handlers: Handlers, phrases: Phrases, fallback_language: str
) -> AnyApplication:
    """Return PTB's application; updates are given to it by `handle`."""
    on, about, otherwise = handlers.signing_in, handlers.about, handlers.otherwise

    def hears(what: _Hears) -> _Callback:
        async def callback(update: Update, _: _Context) -> None:
            await what(heard(update, fallback_language))

        return callback

    async def tap(update: Update, _: _Context) -> None:
        if tapped := update.callback_query:
            language = spoken(tapped.from_user.language_code, fallback_language)
            await handlers.taps.tap(update.update_id, tapped, words(language))

    async def membership(update: Update, _: _Context) -> None:
        changed = update.my_chat_member
        if changed and changed.chat.type == changed.chat.PRIVATE:
            await handlers.going_off.membership(update.update_id, changed)

    application = (
        ApplicationBuilder().application_class(_Telling).bot(bot).updater(None).job_queue(None)
    ).build()
    application.add_handlers(
        [
            MessageHandler(_PRIVATE & _IsPhrase(phrases), hears(on.hear)),
            CommandHandler("start", hears(about.start), _NEW),
            CommandHandler("help", hears(about.help), _NEW),
            CommandHandler("on", hears(on.on), _NEW),
            CommandHandler("off", hears(handlers.going_off.off), _NEW),
            CommandHandler("queue", hears(handlers.listing.queue), _NEW),
            CommandHandler("mine", hears(handlers.listing.mine), _NEW),
            CommandHandler("who", hears(about.who), _NEW),
            CommandHandler("status", hears(about.status), _NEW),
            MessageHandler(_NEW & _COMMAND, hears(otherwise.unknown_command)),
            MessageHandler(_PRIVATE & _WRITTEN & ~_COMMAND, hears(on.hear)),
            MessageHandler(_PRIVATE & ~filters.StatusUpdate.ALL, hears(otherwise.anything)),
            MessageHandler(filters.ChatType.GROUPS, hears(handlers.group_chats.hear)),
            CallbackQueryHandler(tap),
            ChatMemberHandler(membership, ChatMemberHandler.MY_CHAT_MEMBER),
        ]
    )
    return application


async def handle(application: AnyApplication, update: str) -> None:
    """Give one stored update to the first handler that wants it; raises what the handler raises."""
    found = Update.de_json(json.loads(update), application.bot)
    await application.process_update(found)
