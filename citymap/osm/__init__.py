"""What OpenStreetMap says. In: an extract (`.osm.pbf`); out: streets, house numbers, named places, the sea and the
shapes of the base map, as plain rows. `citymap.importing` stores them. No database here.
"""
