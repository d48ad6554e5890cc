"""Quick replies: admins keep them, operators choose one."""
