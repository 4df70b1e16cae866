"""The use cases, in the order they happen: read, register, render, plan, deliver."""
