"""Constants of the signature check; all are engineering choices on simulated signatures."""

MIN_INK_MM = 15.0  # a paraph of two letters is longer
MIN_DURATION_S = 0.25  # nobody writes a name faster
MIN_BOX_SHARE = 0.01  # of the writing area; less cannot be read on the card
MIN_TURN_RAD = 3.14  # total turning of the pen: a straight line turns by nothing
EDGE_MM = 0.3  # samples this near the edge of the pad were cut off
MAX_EDGE_SHARE = 0.02  # of the samples
MAX_GAP_FACTOR = 3.0  # times the sample interval, while the pen is down
MAX_GAP_SHARE = 0.02  # of the intervals
MIN_PRESSURE_SPAN = 0.02  # of the pad's range: a pen that always presses alike is a defect
FULL_PRESSURE = 0.995  # of the pad's range
MAX_FULL_PRESSURE_SHARE = 0.8  # of the samples at the end of the range
MIN_RATE_SHARE = 0.6  # of the reports that the pad promises
DOT_BOX_MM = 2.0
FULL_INK_MM = 60.0  # from here on nothing more is gained
FULL_DURATION_S = 0.8
FULL_BOX_SHARE = 0.05
INK_MM = 0.45  # width of the drawn line at half pressure; a ball-point's
OVERSAMPLING = 4  # the picture is drawn so many times larger, then averaged
