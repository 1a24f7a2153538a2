"""The area's map as one file for phones. In: the tiles of `citymap.basemap`. Out: a PMTiles pack, read by ranges."""
