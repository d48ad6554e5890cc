"""Reads what an earlier run wrote down; the other half of `keeping`."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from onduty_sandbox.bot_api.bots import Bot
from onduty_sandbox.bot_api.limits import Rates
from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.bot_api.updates import Update
from onduty_sandbox.bot_api.webhook import Webhook, WebhookSettings
from onduty_sandbox.faults.fault import Fault
from onduty_sandbox.state.keeping import CHAT_FIELDS, MESSAGE_FIELDS, Keeper, KeptUpdates
from onduty_sandbox.state.store import Store, StoreRefused
from onduty_sandbox.world.chats import Chat, Message, StoredFile, Topic, User

Row = dict[str, Any]  # as `keeping` wrote it, so its types are known


@contextmanager
def kept_in(telegram: Telegram, path: Path | None) -> Iterator[None]:
    """Go on from what the file holds, and keep every change in it; without a file, do nothing.

    Needs a running event loop: a bot's webhook goes on too.

    Raises:
        StoreRefused: the file cannot be used; the text says what to do.
    """
    if path is None:
        yield
        return
    store = Store(path)
    try:
        try:
            _restore(telegram, store)
        except (KeyError, TypeError, ValueError) as error:
            raise StoreRefused(
                f"cannot read the state in {path} ({error!r}): remove it to start afresh."
            ) from error
        telegram.world.feed.on_event = Keeper(telegram, store).hear
        yield
    finally:
        store.close()


def _restore(telegram: Telegram, store: Store) -> None:
    world = telegram.world
    for _, row in store.rows("user"):
        user = User(**_known(row))
        world.users[user.id] = user
    accounts = {**world.users, **{bot.user.id: bot.user for bot in telegram.bots.values()}}
    chats: dict[str, Chat] = {}
    for key, row in store.rows("chat"):
        chats[key] = _chat(_known(row), world.users)
        if chats[key].user is None:
            world.groups[chats[key].id] = chats[key]
        else:
            world.private[chats[key].bot_id or 0, chats[key].id] = chats[key]
    for _, row in store.rows("message"):
        _add_message(chats, accounts, _known(row))
    for _, row in store.rows("file"):
        stored = _known(row)
        stored["data"] = base64.b64decode(stored["data"])
        world.files[stored["file_id"]] = StoredFile(**stored)
    for _, row in store.rows("numbers"):
        numbers = _known(row)
        world.feed.sequence = numbers["sequence"]
        world.groups_made, world.files_made = numbers["groups_made"], numbers["files_made"]
    for _, row in store.rows("last_message_ids"):
        world.last_message_ids = _known(row)
    _restore_running(telegram, {name: _known(row) for name, row in store.rows("running")})
    rows = {int(key): _known(row) for key, row in store.rows("bot")}
    updates = [_known(row) for _, row in store.rows("update")]
    last_updates = {int(bot): _known(row)["update_id"] for bot, row in store.rows("last_update")}
    for bot in telegram.bots.values():
        _restore_bot(telegram, bot, rows.get(bot.user.id))
        known = [_update(row) for row in updates if row["bot_id"] == bot.user.id]
        by_id = {update.update_id: update for update in known}
        last = last_updates.get(bot.user.id, 0)
        bot.updates.go_on_with(KeptUpdates(store, bot.user.id, by_id), last)


def _restore_running(telegram: Telegram, running: dict[str, Row]) -> None:
    if "limits" in running:
        telegram.change_rates(Rates(**running["limits"]["limits"]))
    if "latency" in running:
        telegram.latency_s = running["latency"]["latency_s"]
    if "faults" in running:
        telegram.faults.go_on_with([Fault(**fault) for fault in running["faults"]["faults"]])


def _restore_bot(telegram: Telegram, bot: Bot, row: Row | None) -> None:
    if row is None:
        return
    bot.taps_made = row["taps_made"]
    bot.commands = {(scope, language): menu for scope, language, menu in row["commands"]}
    bot.descriptions = row.get("descriptions", {})
    bot.short_descriptions = row.get("short_descriptions", {})
    bot.has_topics = row.get("has_topics", False)
    bot.users_create_topics = row.get("users_create_topics", False)
    bot.updates.allow(frozenset(row["allowed"] or ()))
    if row["webhook"]:
        settings = WebhookSettings(**row["webhook"])
        bot.webhook = Webhook(
            *(settings, bot.updates, telegram.clock, telegram.webhook_pause_s, telegram.faults)
        )


def _chat(row: Row, users: dict[int, User]) -> Chat:
    chat = Chat(**{name: row[name] for name in CHAT_FIELDS})
    chat.bots = {int(bot_id): status for bot_id, status in row["bots"].items()}
    chat.user = None if row["user"] is None else users[row["user"]]
    topics = [Topic(**topic) for topic in row.get("topics", [])]
    chat.topics = {topic.id: topic for topic in topics}
    chat.users = {user_id: users[user_id] for user_id in row["users"]}
    return chat


def _add_message(chats: dict[str, Chat], accounts: dict[int, User], row: Row) -> None:
    chat = chats[row["chat"]]
    # An older sandbox, which wrote the row, knew no pinned messages, no topics, and one clock.
    fields = {"pinned": False, "topic_id": None, "written_monotonic": 0.0, **row}
    message = Message(
        chat=chat, sender=accounts[row["sender"]], **{name: fields[name] for name in MESSAGE_FIELDS}
    )
    message.reactions = {int(sender): emoji for sender, emoji in row["reactions"].items()}
    if row["reply_to"] is not None:
        message.reply_to = chat.messages.get(row["reply_to"])
    chat.messages[message.message_id] = message


def _update(row: Row) -> Update:
    return Update(row["update_id"], row["body"], row["lane"], row["expires_at"])


def _known(row: object) -> Row:
    if not isinstance(row, dict):
        raise TypeError("a row is no object")
    return row
