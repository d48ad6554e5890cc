"""`onduty doctor` says what is worth knowing and no fault, on standard error."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from onduty.cli import main

from .conftest import Patient

WHERE = "in the Mini App of @BotFather (not by /mybots): Bot Settings, Threads Settings"


@pytest.mark.parametrize(
    ("flags", "note"),
    [
        (
            {"has_topics_enabled": False, "allows_users_to_create_topics": False},
            f"topics in private chats are off for this bot; to have them, switch them on {WHERE}",
        ),
        (
            {"has_topics_enabled": True, "allows_users_to_create_topics": True},
            (
                "topics in private chats are on, and operators can make some: a text outside of a "
                f"topic makes one by itself; that is switched off {WHERE}"
            ),
        ),
        (
            {"has_topics_enabled": True, "allows_users_to_create_topics": False},
            "topics in private chats are on for this bot, and only it makes them",
        ),
        ({}, None),
    ],
    ids=["off", "by users", "on", "unknown"],
)
async def test_whether_there_are_topics_is_a_note(
    patient: Patient, flags: dict[str, bool], note: str | None
) -> None:
    """No finding and no exit code: the desk works either way."""
    async with telegram(flags) as url:
        patient.set("TELEGRAM_API_URL", url)
        patient.capsys.readouterr()
        code = await asyncio.to_thread(main, ["doctor"])
    told = patient.capsys.readouterr()
    assert (code, told.out) == (0, "")
    notes = [line for line in told.err.splitlines() if line.startswith("note: ")]
    assert notes == ([f"note: {note}"] if note else [])


async def test_topics_that_are_not_wanted_are_a_note_too(patient: Patient) -> None:
    """Whatever the bot has."""
    async with telegram({"has_topics_enabled": True}) as url:
        patient.set("TELEGRAM_API_URL", url)
        patient.set("TOPICS", "off")
        patient.capsys.readouterr()
        await asyncio.to_thread(main, ["doctor"])
    assert (
        "note: ONDUTY_TOPICS=off: operators answer without topics"
        in patient.capsys.readouterr().err
    )


@asynccontextmanager
async def telegram(flags: dict[str, bool]) -> AsyncIterator[str]:
    """A Bot API server that says this of the bot."""
    bot = {"id": 42, "is_bot": True, "first_name": "Bot", "username": "some_bot", **flags}

    async def answer(request: web.Request) -> web.Response:
        info = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        is_me = request.match_info["method"] == "getMe"
        return web.json_response({"ok": True, "result": bot if is_me else info})

    application = web.Application()
    application.router.add_route("*", "/{token}/{method}", answer)
    async with TestServer(application, host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")
