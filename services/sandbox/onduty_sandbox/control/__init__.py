"""The control API under /control/: play the people, cause trouble, see everything.

Documented in services/sandbox/README.md.
"""

from functools import partial

from aiohttp import web

from onduty_sandbox.bot_api.telegram import Telegram
from onduty_sandbox.control.asking import guarded
from onduty_sandbox.control.chats import ChatControl
from onduty_sandbox.control.events import stream_events
from onduty_sandbox.control.everything import show_everything
from onduty_sandbox.control.running import RunningControl
from onduty_sandbox.control.strangers import StrangerControl
from onduty_sandbox.control.users import UserControl
from onduty_sandbox.people.strangers import Strangers


def control_routes(telegram: Telegram, strangers: Strangers) -> list[web.RouteDef]:
    """All routes of the control API."""
    return [
        *UserControl(telegram).routes(),
        *ChatControl(telegram).routes(),
        *RunningControl(telegram, strangers).routes(),
        *StrangerControl(telegram, strangers).routes(),
        web.get("/control/events", partial(stream_events, telegram)),
        web.get("/control/everything", guarded(partial(show_everything, telegram, strangers))),
    ]
