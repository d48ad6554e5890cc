"""The failed list: what was given up, kept until an SRE acts."""
