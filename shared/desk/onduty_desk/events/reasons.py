"""Why the backend did not take an event, in the desk's own fixed sentences.

They are English for logs and the failed list. Operators read them in their language: a sentence is
found again by its pattern, also in what older versions wrote.
"""

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Sentence:
    """A fixed sentence with what is filled in."""

    pattern: str

    def filled(self, **values: object) -> str:
        """Return it with these values."""
        return self.pattern.format(**values)

    def read(self, reason: str) -> dict[str, str] | None:
        """Return what is filled in where a reason is this sentence; None if it is another."""
        found = self._expression.fullmatch(reason)
        return found.groupdict() if found else None

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        fixed = re.escape(self.pattern).replace(r"\{", "{").replace(r"\}", "}")
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>.+?)", fixed))


NO_ANSWER = Sentence("no answer within {seconds} s")
REFUSED_FOR_GOOD = Sentence("HTTP {status}: the backend refuses it for good")
RAISED = Sentence("{function} raised {error} in the backend's RQ worker")
UNKNOWN_ERROR = "an exception"
"""The error of `RAISED`, where its name is not known."""
