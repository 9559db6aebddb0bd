"""Constants of the slap check. Lengths are in millimetres or in pixels at 500 ppi."""

PX_PER_MM = 500 / 25.4  # at 500 ppi

# --- the ridge map -------------------------------------------------------------------------------
WORK_RESOLUTION_PPI = 250.0  # ridges (6..14 px at 500 ppi) are still two samples wide
CELL_PX = 8  # cell edge at 500 ppi, about one ridge period; 4 px at the working resolution
MAP_BLUR_CELLS = 1.25  # sigma (20 px, 1 mm across): ridges merge, fingers do not
AMPLITUDE_FLOOR = 3.2  # grey levels per pixel; sensor noise of 3 levels stays below 1.5
AMPLITUDE_SHARE = 0.32  # of the strong ridges' amplitude: a finger a third as dark is found
STRONG_PERCENTILE = 90.0
OPEN_MM = 6.0  # lines, digits and printed words are thinner, every finger is wider
HOLE_AREA_MM2 = 40.0  # scars, dry patches, the filing hole of an ink card (28 mm2)

# --- rotation ------------------------------------------------------------------------------------
MAX_ROTATION_RAD = 0.524  # 30 degrees; source: capture rules of this project
SEARCH_ROTATION_RAD = 0.768  # 44 degrees: look further, so that "too rotated" can be told
TURN_AGAIN_RAD = 0.12  # 7 degrees: the fingers found lean more than that against the estimate
FLANK_SCATTER_RAD = 0.12  # 7 degrees: fingers of one hand spread, flanks are a little curved

# --- ink -----------------------------------------------------------------------------------------
RIDGE_PERCENTILE = 95.0  # of the darkness in a print: a ridge's, also where the skin is dry
SLAP_INK_SHARE = 0.35  # of a ridge's darkness: darker pixels are ink, lighter ones residue
INK_SHARE = 0.33  # the same for one finger, where its own ridges are known
INK_FLOOR = 14.0  # grey levels; noise of sensors stays below
INK_BLUR_CELLS = 0.9  # sigma, 7 px
SPARSE_DENSITY = 0.34  # usual share of ink below which the skin is dry
SPARSE_BLUR_CELLS = 1.5
SPARSE_GAP_MM = 2.0  # dots so far apart belong together ...
CLOSE_MM = 1.2  # ... or so far, in other prints
INK_SURROUNDINGS_MM = 3.0  # sigma
PRINT_SHARE = 0.5  # of the surroundings' density
PRINT_DENSITY = (0.05, 0.22)  # whatever the surroundings: dry prints have 0.15, full ones 0.5
REGROW_MM = 1.2  # what belongs to a wide place may reach out of it so far
PRINT_OPEN_MM = 3.0

# --- splitting -----------------------------------------------------------------------------------
NOTCH_MM = 1.4  # depth of a notch between fingertips; that of touching ones is 2 to 6 mm
NOTCH_EAGER_MM = 0.5  # when fewer fingers than expected were found
NOTCH_STRICT_MM = 2.6  # when more than expected were found
ALIKE_SHARE = 0.6  # of the usual width: what is narrower is no finger on its own
SOLID_MM = 3.0  # sigma of the surroundings
SOLID_SHARE = 0.55  # of the surroundings' density
NEIGHBOUR_MM = 6.0  # tips of neighbours are farther apart
NEIGHBOUR_STRICT_MM = 10.0  # when more than expected were found
BORDER_BEND = 0.05  # cost of a step aside, in ink
STACK_OVERLAP = 0.5  # share of the width by which a lower phalanx lies under its fingertip
PHALANX_BELOW_SHARE = 0.6  # of the fingertip's length: where a lower phalanx begins at the highest
PHALANX_ASIDE_SHARE = 0.6  # of the width by which it lies beside the finger's axis at most
MAX_DROP_MM = 45.0  # from the highest tip to the lowest: little fingers 20 to 30, thumbs less
JOIN_GAP_MM = 2.0  # a print broken by a dry band is joined again
JOIN_LENGTH_MM = 27.0  # but not beyond one fingertip

# --- a fingertip ---------------------------------------------------------------------------------
MIN_WIDTH_MM = 6.5
MAX_WIDTH_MM = 27.0  # thumbs pressed flat have up to 24; the palm is wider
MIN_LENGTH_MM = 8.0
MIN_AREA_MM2 = 45.0
MIN_SOLIDITY = 0.76  # measured on an ink card: prints 0.91 and more, handwriting 0.70
MIN_COVER = 0.5  # see slap_fingers; on an ink card: ridges 1.5..2.3, dotted dry prints 0.8
MIN_COHERENCE = 0.17  # writing and paper grain have no common direction; dry prints 0.22 and more
CREASE_FROM_MM = 15.0  # the distal crease lies 15 to 32 mm below the tip of a print
CREASE_TO_MM = 32.0
CREASE_DEPTH = 0.72  # of the darkness above and below it
CREASE_REACH_MM = 3.0
LENGTH_PER_WIDTH = 1.45  # of a fingertip's print; adult fingers 1.4 to 1.6
LENGTH_SCATTER = 0.15
AWAY_WEIGHT = 0.15  # a crease so far from its usual place must be clearer by this share
PROFILE_BLUR_PX = 3.0  # at 250 ppi: ridges (4.5 px) vanish, a crease (5 to 10 px) stays
END_CLEARNESS = 0.3  # the end of a print is as clear as a crease with this share of darkness
END_SHARE = 0.12  # of the print's darkness
MAX_TIP_LENGTH_MM = 29.0  # where no crease shows
MAX_SPLAY_RAD = 0.61  # 35 degrees between a finger, or one of two thumbs, and the hand
MARGIN_MM = 0.3  # added around a print when it is cut out
STRIP_ABOVE_MM = 4.0  # looked at beyond tip and crease
STRIP_ASIDE_MM = 2.5  # looked at on either side
EDGE_PERCENT = 0.5  # of a fingertip's ink lies beyond each edge
LEAST_INK = 200  # pixels at 250 ppi
GAP_MM = 0.8  # columns without ink that end a finger ...
EMPTY_SHARE = 0.18  # ... and how much ink, of the fullest column, is next to none
LEAN_ROUNDS = 3
LEAN_SETTLED_RAD = 0.06
ROUGH_LEAN_ERROR_RAD = 0.12  # 7 degrees, of a lean taken from cells alone
LEAN_ERROR_RAD = 0.02  # what the fit does not tell: uneven flanks
SPLAY_SCATTER_RAD = 0.08  # 4.6 degrees, of fingers about their common direction
LEAN_BAND_MM = 1.2
LEAN_INK_PER_ROW = 4  # pixels
EDGE_CONTACT_SHARE = 0.25  # of the finger's width along the frame's edge: it goes on outside
FRAGMENT_WIDTH_SHARE = 0.62  # of the others: a neighbour's edge, not a finger of this slap

# --- decisions -----------------------------------------------------------------------------------
SLANT_ALONG = (0.55, 0.98)  # of a fingertip's length: below the core
SLANT_ACROSS = 0.4  # of its width on either side of the middle
HAND_LIMIT = 0.9  # confidence from which a wrong hand is reported
TOUCHING_CELLS = 3  # length of the common border

# --- preview -------------------------------------------------------------------------------------
PALE_CONTRAST = 14.0  # grey levels (standard deviation) below which a print is too light
PALE_DARKNESS = 0.17  # share of the light that a print takes away; normal ones take 0.25..0.4
HEAVY_DARKNESS = 0.52  # from here on valleys are filled (simulated skin, pressed hard and wet)
STILL_CHANGE = 9.0  # grey levels of mean change under the fingers between frames
