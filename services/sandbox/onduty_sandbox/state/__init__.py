"""Keeps everything in a file, so that a sandbox that is started again goes on."""
