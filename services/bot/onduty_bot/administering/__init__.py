"""What admins can do: see the team, take somebody out of a group, invite somebody to one."""
