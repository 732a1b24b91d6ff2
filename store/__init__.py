"""What Jalon remembers: schema, transactions, and small functions that take the connection first."""
