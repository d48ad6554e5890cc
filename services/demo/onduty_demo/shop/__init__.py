"""The Shop: a small chat backend, so that the sandbox's page has customers to play with."""
