"""The technician's API (see `docs/phones.md`).

In: pulls of the day (`day`), batches of acts (`sync`), photos in pieces (`photos`), positions (`own`). Out: the route
as kept bytes, receipts for every act, offers (`offers`), packs of the map (`maps`), and for the console work that
came too late (`conflicts`) and phones that were lost (`lost`).
"""
