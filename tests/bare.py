"""What each program that a test starts finds in its environment, whatever else it is told."""

import os

BARE = {
    "PATH": os.environ["PATH"],
    # aiohttp reads the system's authorities, 0.1 s of the processor at each start. No test asks
    # the world by TLS; those of TLS name an authority of their own.
    "SSL_CERT_FILE": os.devnull,
    "SSL_CERT_DIR": os.devnull,
}
