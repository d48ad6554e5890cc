"""Driving a sandbox from tests and the demo: people, trouble, and what phones show."""

from onduty_sandbox.client.asking import SandboxError
from onduty_sandbox.client.messages import Button, ChatMessage
from onduty_sandbox.client.phone import Phone, TapAnswer
from onduty_sandbox.client.request_log import LoggedRequest
from onduty_sandbox.client.sandbox import Sandbox
from onduty_sandbox.client.topics import TopicOnPhone
from onduty_sandbox.client.trouble import StrangersSoFar
from onduty_sandbox.wire.fault_kinds import Kind

__all__ = [
    "Button",
    "ChatMessage",
    "Kind",
    "LoggedRequest",
    "Phone",
    "Sandbox",
    "SandboxError",
    "StrangersSoFar",
    "TapAnswer",
    "TopicOnPhone",
]
