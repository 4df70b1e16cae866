"""The fields of an item: titles, links, labelled values, details."""
