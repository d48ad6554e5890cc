"""The desk's subcommands of `onduty`."""
