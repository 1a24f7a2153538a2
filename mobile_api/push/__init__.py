"""Web Push. In: subscriptions of browsers. Out: short messages without anybody's data that wake the phone's app."""
