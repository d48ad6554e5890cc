"""`python -m onduty_demo.shop`: one of the programs of `make run`, on a Unix socket."""

import argparse
import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

from aiohttp import web

from onduty import AsyncSupportDesk
from onduty.message import DEFAULT_GROUP
from onduty_demo.settings import load_demo_settings
from onduty_demo.shop.conversations import Conversations
from onduty_demo.shop.dispatchers import Dispatchers
from onduty_demo.shop.routes import Shop, shop_routes
from onduty_demo.shop.web_chat import reach
from onduty_desk.process.connection import connect
from onduty_sandbox.client import Sandbox


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m onduty_demo.shop")
    parser.add_argument("--socket", type=Path, required=True, help="where to listen")
    parser.add_argument("--supervisor", type=Path, required=True, help="supervisord's socket")
    parser.add_argument("--sandbox", required=True, help="the local Telegram's address")
    parser.add_argument("--web-chat", required=True, help="the web chat's address")
    parser.add_argument(
        "--show-phrases-of",
        nargs="*",
        default=[],
        help="groups whose phrase is made up: show it in the page",
    )
    asyncio.run(_serve(parser.parse_args()))


async def _serve(options: argparse.Namespace) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    redis_url = os.environ["ONDUTY_REDIS_URL"]
    settings = load_demo_settings()
    support = settings.team_secret or settings.groups[DEFAULT_GROUP]
    phrases = {DEFAULT_GROUP: support, **settings.groups}
    secret = os.environ["ONDUTY_EVENTS_SECRET"]
    async with (
        connect(redis_url) as redis,
        AsyncSupportDesk(redis_url) as desk,
        reach(options.web_chat) as web_chat,
        Sandbox(options.sandbox) as sandbox,
    ):
        dispatchers = Dispatchers(options.supervisor)
        conversations = Conversations(redis, web_chat)
        shop = Shop(
            *(redis, desk, conversations, web_chat, dispatchers, sandbox, secret),
            phrases={group: phrase.get_secret_value() for group, phrase in phrases.items()},
            shown_phrases=frozenset(options.show_phrases_of),
        )
        app = web.Application()
        app.add_routes(shop_routes(shop))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        with suppress(FileNotFoundError):  # a killed one leaves its socket
            options.socket.unlink()
        await web.UnixSite(runner, str(options.socket)).start()
        try:
            await stopping.wait()
        finally:
            await runner.cleanup()
            await shop.end()


if __name__ == "__main__":
    main()
