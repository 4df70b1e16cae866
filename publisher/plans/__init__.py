"""From an issue to a mail in transit: plans, their letters, and the processes that send them."""
