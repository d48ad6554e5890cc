"""Runs the `onduty` command as `python -m onduty`."""

import sys

from onduty.cli import main

sys.exit(main())
