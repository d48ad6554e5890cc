"""What a process has before a service is forked from it: the imports, and the scripts put together.

To put them together takes a service 0.2 s of its start, and is the same for each.
"""

import gc

import onduty_bot.__main__
import onduty_bot.running
import onduty_demo.running
import onduty_dispatcher.__main__
import onduty_dispatcher.running
from onduty_desk.lua.loader import library

__all__ = ["onduty_bot", "onduty_demo", "onduty_dispatcher"]

for package in ("onduty_desk", "onduty_bot"):
    library(package)
gc.collect()
gc.freeze()  # a forked process would copy what it looks through for garbage
