"""Photos that come in pieces. In: bytes from a weak line. Out: photos as `dispatch.orders.photos` stores them."""
