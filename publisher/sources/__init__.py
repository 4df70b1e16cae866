"""The folder of digests: what is in it, and what its files say."""
