"""What is wrong with the set-up of mail: DNS as the world sees it, and the relay."""
