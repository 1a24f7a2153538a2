"""Files of polygons: bytes come in, features go out, WGS 84 and valid, with what was changed on the way.

`reading` is the front door. `formats` finds the features in a file and names the formats that are none of ours;
`labels` names them; `geometry` checks every member of a shape and builds it; `systems` brings coordinates to WGS 84 and
refuses what lies outside its system; `date_line` keeps a grid on both sides of it in one piece; `mending` makes rings
valid and measures what that changed; `notes` are what a person should know.
"""
