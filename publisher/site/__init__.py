"""The files under out/, each written whole or not at all, and only when it changed."""
