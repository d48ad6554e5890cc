"""The example that `make run` tells: operators sign in, a customer writes, phones ring."""
