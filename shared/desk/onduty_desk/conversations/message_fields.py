"""What lists and the index of names read of a customer message in Redis."""

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError


class MessageFields(BaseModel):
    """The fields that they show; errors do not show the others."""

    model_config = ConfigDict(hide_input_in_errors=True)

    customer_name: str = ""
    text: str = ""

    @classmethod
    def read(cls, json: str) -> Self:
        """Read a message as JSON; one that has ended, or that another program wrote, is empty."""
        try:
            return cls.model_validate_json(json)
        except ValidationError:
            return cls()
