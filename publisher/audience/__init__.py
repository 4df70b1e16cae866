"""The people: their addresses, whether they want mail, import and export."""
