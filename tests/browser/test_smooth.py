"""With 50 operators and 2,000 bubbles the page stays smooth."""

import asyncio
import json
from pathlib import Path

import pytest
from aiohttp import ClientSession
from playwright.async_api import Browser, expect

from browser.conftest import OpenPage
from onduty_sandbox.client import Sandbox

pytestmark = pytest.mark.usefixtures("browser")

OPERATORS = 50
BUBBLES = 2_000
LIVE = 200
LONGEST_MS = 200
BUTTONS = {"inline_keyboard": [[{"text": "Answer", "callback_data": "a"}]]}
TEXT = "<blockquote>Where is my parcel? It should have come.</blockquote>\n<b>Alice</b> writes"


async def _send(session: ClientSession, url: str, first: int, count: int) -> None:
    for number in range(count):
        body = {
            "chat_id": 101 + (first + number) % OPERATORS,
            "text": f"{TEXT} {first + number}",
            "parse_mode": "HTML",
            "reply_markup": BUTTONS,
        }
        async with session.post(f"{url}/sendMessage", json=body) as answer:
            assert answer.status == 200


def longest_task_ms(trace: bytes) -> float:
    """The longest task of the page's main thread, by the browser's own trace.

    Its processor time where the trace has it: how long others kept the machine is not the page's.
    """
    events = json.loads(trace)["traceEvents"]
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event.get("name") == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    tasks = [
        float(event.get("tdur") or event.get("dur", 0)) / 1000
        for event in events
        if event.get("name") in {"RunTask", "ThreadControllerImpl::RunTask"}
        and (event["pid"], event["tid"]) in threads
    ]
    assert tasks, "the trace shows no task"
    return max(tasks)


async def test_fifty_phones_and_two_thousand_bubbles(
    sandbox: Sandbox, token: str, browser: Browser, open_page: OpenPage, tmp_path: Path
) -> None:
    """Opening, scrolling and live messages: no task keeps the browser longer than 200 ms."""
    bot = f"{sandbox.base_url}/bot{token}"
    phones = [await sandbox.add_user(101 + n, f"Operator {n}") for n in range(OPERATORS)]
    for phone in phones:
        await phone.start()
    async with ClientSession() as session:
        await _send(session, bot, 0, BUBBLES - LIVE - OPERATORS)
        page = await open_page("about:blank", motion="no-preference")
        await browser.start_tracing(
            page=page, categories=["toplevel", "devtools.timeline", "__metadata"]
        )
        await page.goto(sandbox.base_url)
        await expect(page.locator(".message")).to_have_count(BUBBLES - LIVE, timeout=30_000)
        live = asyncio.create_task(_send(session, bot, BUBBLES - LIVE - OPERATORS, LIVE))
        for step in range(12):
            await page.mouse.move(300 + 60 * step, 500)
            await page.mouse.wheel(400, -600)
            await page.wait_for_timeout(50)
        await live
        await expect(page.locator(".message")).to_have_count(BUBBLES, timeout=30_000)
        trace = await browser.stop_tracing()
    longest = longest_task_ms(trace)
    (tmp_path / "longest").write_text(f"{longest:.0f} ms\n")
    print(f"longest task {longest:.0f} ms")  # noqa: T201 - the measurement
    assert longest <= LONGEST_MS
