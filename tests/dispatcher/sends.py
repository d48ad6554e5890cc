"""What the local Telegram was asked to send."""

from onduty_sandbox.client import LoggedRequest, Sandbox


async def sends(sandbox: Sandbox) -> list[LoggedRequest]:
    return await sandbox.log(method="sendMessage")
