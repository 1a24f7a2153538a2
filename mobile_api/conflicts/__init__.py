"""Work that came too late to be applied. In: acts kept as evidence. Out: a card for the dispatcher, until settled."""
