"""Receiving updates (https://core.telegram.org/bots/api#getting-updates)."""

import re
from urllib.parse import urlsplit

from onduty_sandbox.bot_api.bots import Bot
from onduty_sandbox.bot_api.methods.call import Answer, Call
from onduty_sandbox.bot_api.shapes import user_json
from onduty_sandbox.bot_api.webhook import Webhook, WebhookSettings
from onduty_sandbox.wire.errors import bad_request, conflict
from onduty_sandbox.wire.json_types import Json
from onduty_sandbox.wire.loopback import LOOPBACK

# The longest poll that the official server keeps open.
LONGEST_POLL_S = 50
MOST_UPDATES = 100
MOST_CONNECTIONS = 100
DEFAULT_CONNECTIONS = 40
LONGEST_SECRET = 256
SECRET_FORM = re.compile(r"[A-Za-z0-9_-]*")
PORTS = frozenset({443, 80, 88, 8443})


async def get_me(call: Call) -> Answer:
    """Return the bot's account with the fields that only this method has."""
    return Answer(
        {
            **user_json(call.bot.user),
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "has_topics_enabled": call.bot.has_topics,
            "allows_users_to_create_topics": call.bot.users_create_topics,
            "can_manage_bots": False,
        }
    )


async def get_updates(call: Call) -> Answer:
    """Return the next updates; raises 409 when a webhook is set or another poll takes over."""
    if call.bot.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first"
        )
    arguments = call.arguments
    offset = arguments.integer("offset")
    limit = arguments.bounded("limit", MOST_UPDATES, 1, MOST_UPDATES)
    timeout_s = arguments.bounded("timeout", 0, 0, LONGEST_POLL_S)
    _remember_allowed_updates(call)
    return Answer(await call.bot.updates.poll(offset, limit, timeout_s))


async def set_webhook(call: Call) -> Answer:
    """Bring updates to a URL from now on; an empty URL is deleteWebhook."""
    url = call.arguments.text("url")
    if not url:
        return await delete_webhook(call)
    settings = _read_settings(call, url)
    old = call.bot.webhook
    drops = call.arguments.flag("drop_pending_updates")
    _remember_allowed_updates(call)
    if old is not None and old.settings == settings and not drops:
        return Answer(result=True, description="Webhook is already set")
    call.bot.updates.terminate_poll()
    await _remove(call)
    telegram = call.telegram
    call.bot.webhook = Webhook(
        *(settings, call.bot.updates, telegram.clock, telegram.webhook_pause_s, telegram.faults)
    )
    call.world.feed.publish("webhook", bot_id=call.bot.user.id, url=url)
    return Answer(result=True, description="Webhook was set")


async def delete_webhook(call: Call) -> Answer:
    """Keep updates for getUpdates again."""
    was_set = call.bot.webhook is not None
    await _remove(call)
    if not was_set:
        return Answer(result=True, description="Webhook is already deleted")
    call.world.feed.publish("webhook", bot_id=call.bot.user.id, url="")
    return Answer(result=True, description="Webhook was deleted")


async def get_webhook_info(call: Call) -> Answer:
    """Return WebhookInfo; without a webhook its url is empty."""
    call.bot.updates.drop_expired()
    return Answer(_webhook_info(call.bot))


def _webhook_info(bot: Bot) -> Json:
    webhook = bot.webhook
    info: Json = {
        "url": webhook.settings.url if webhook else "",
        "has_custom_certificate": bool(webhook and webhook.settings.has_certificate),
        "pending_update_count": len(bot.updates.pending),
    }
    if webhook:
        info["max_connections"] = webhook.settings.max_connections
        if webhook.settings.ip_address:
            info["ip_address"] = webhook.settings.ip_address
        if webhook.last_error_message is not None:
            info["last_error_date"] = webhook.last_error_date
            info["last_error_message"] = webhook.last_error_message
    if bot.updates.allowed is not None:
        info["allowed_updates"] = sorted(bot.updates.allowed)
    return info


async def _remove(call: Call) -> None:
    webhook, call.bot.webhook = call.bot.webhook, None
    if webhook is not None:
        await webhook.close()
    if call.arguments.flag("drop_pending_updates"):
        call.bot.updates.pending.clear()


def _remember_allowed_updates(call: Call) -> None:
    kinds = call.arguments.structure("allowed_updates")
    if isinstance(kinds, list):
        wanted = frozenset(str(kind).lower() for kind in kinds)
        if call.bot.updates.allow(wanted):
            call.world.feed.publish(
                "allowed_updates", bot_id=call.bot.user.id, allowed_updates=sorted(wanted)
            )


def _read_settings(call: Call, url: str) -> WebhookSettings:
    _check_url(url)
    secret_token = call.arguments.text("secret_token")
    if len(secret_token) > LONGEST_SECRET:
        raise bad_request("secret token is too long")
    if not SECRET_FORM.fullmatch(secret_token):
        raise bad_request("secret token contains unallowed characters")
    return WebhookSettings(
        url=url,
        secret_token=secret_token,
        max_connections=call.arguments.bounded(
            "max_connections", DEFAULT_CONNECTIONS, 1, MOST_CONNECTIONS
        ),
        ip_address=call.arguments.text("ip_address"),
        has_certificate="certificate" in call.uploads or call.arguments.given("certificate"),
    )


def _check_url(url: str) -> None:
    """On loopback any port and plain http will do; elsewhere Telegram's rules hold."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad_request("invalid webhook URL specified")
    if parts.hostname in LOOPBACK:
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
