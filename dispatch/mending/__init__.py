"""What is stored and cannot be read becomes readable. In: the owner's address. Out: what was found and done."""
