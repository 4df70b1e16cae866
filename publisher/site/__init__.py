"""The files under out/: written atomically, and only when they change; and their headers."""
