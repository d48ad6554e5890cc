"""A stock RQ worker that has imported what its jobs need, as RQ's documentation advises."""

import os

from redis import Redis
from rq import Worker

import bench.peers.article
import bench.peers.forking  # noqa: F401 - each fork would import it again
from bench.peers import QUEUE

if __name__ == "__main__":
    Worker([QUEUE], connection=Redis.from_url(os.environ["ONDUTY_REDIS_URL"])).work()
