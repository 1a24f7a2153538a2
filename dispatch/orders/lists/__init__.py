"""Orders as people look for them. In: filters, a queue, words, a cursor; out: pages of rows and files, cut to what the
reader may see. Controllers of orders and the console's queues call it; it changes nothing.
"""
