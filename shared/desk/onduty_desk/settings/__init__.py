"""Everything that can be set: a class for each service, read once at start.

Each field is read from `ONDUTY_<NAME>` in the environment, else from `.env`, else from a file
`onduty_<name>` in the secrets folder (`ONDUTY_SECRETS_DIR`, by default `/run/secrets`).
"""

from onduty_desk.settings.bot import BotSettings
from onduty_desk.settings.dispatcher import DispatcherSettings
from onduty_desk.settings.loading import SettingsRefused, load
from onduty_desk.settings.shared import DeskSettings

__all__ = ["BotSettings", "DeskSettings", "DispatcherSettings", "SettingsRefused", "load"]
