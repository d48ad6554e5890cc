"""What operators answer from Telegram: on its way to the customer, and what became of it."""
