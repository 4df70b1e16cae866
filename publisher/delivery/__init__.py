"""From a plan to inboxes: who is still to get it, and what came of each try."""
