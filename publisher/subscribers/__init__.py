"""Subscribers: addresses, tokens, the list, its import and export, sign-up and suppression."""
