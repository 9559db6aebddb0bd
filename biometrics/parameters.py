"""Every constant of the finger checks, with its unit and where it comes from.

"Tuned" means: chosen on the odd-numbered fingers of the sets in tests/field, judged on the even.
"""

import numpy as np

RESOLUTION_PPI = 500.0  # resolution at which every stage works; source: ISO/IEC 19794-2
MM_PER_INCH = 25.4
RESOLUTION_RANGE_PPI = (250.0, 1000.0)  # outside, ridges are unresolved or the value is a mistake
MAX_PIXELS = 4_000_000  # at 500 ppi; a four-finger slap has 2.4 million
MIN_SIDE_PX = 48  # 2.4 mm: fewer than five ridges

BLOCK_PX = 8  # edge of the blocks that carry orientation and period; just under one ridge period

# Normalisation
NORMALIZATION_WINDOW_PX = 31  # three ridge periods, so that the mean holds ridges and valleys alike
CONTRAST_WINDOW_PX = 9  # one ridge period: takes the ridges whole and reaches half a block beyond
CONTRAST_FLOOR_LEVELS = 12.0  # gray levels added to the deviation, so that empty areas stay quiet

# Segmentation; tuned
ENERGY_OPENING_BLOCKS = 5  # 2 mm: thinner streaks of contrast are edges of the platen
ENERGY_SHARE = 0.18  # share of the 90th percentile of block contrast that a print shows
ENERGY_FLOOR_LEVELS = 6.0  # gray levels; below, an optical sensor shows only its noise
COHERENCE_FLOOR = 0.15  # 0..1; noise reaches about 0.1 at this smoothing
SEGMENTATION_SMOOTHING_BLOCKS = 1.5  # Gaussian sigma of the coherence that the mask sees
COMPONENT_SHARE = 0.15  # smaller parts of the mask are dropped, relative to the largest

# Orientation; tuned
ORIENTATION_FINE_BLOCKS = 1.1  # Gaussian sigma that follows loops and deltas
ORIENTATION_COARSE_BLOCKS = 2.6  # Gaussian sigma that bridges scars
ORIENTATION_REFINED_BLOCKS = 1.0  # Gaussian sigma on the filtered image, which is clean already
ORIENTATION_TRUST = (0.25, 0.60)  # coherence from which, to which the fine estimate takes over

# Ridge period
PERIOD_SMOOTHING_BLOCKS = 2.5  # Gaussian sigma; the period varies slowly over a finger
PERIOD_RANGE_PX = (4.0, 18.0)  # 0.2 to 0.9 mm; children to large adult thumbs
PERIOD_SPREAD = 1.4  # largest ratio between a block's period and the finger's median
PERIOD_DEFAULT_PX = 9.0  # 0.46 mm, adult mean; source: ANSI/NIST-ITL guidance

# Enhancement; tuned
KERNEL_PX = 19  # two ridge periods
ORIENTATION_COUNT = 24  # 7.5 degrees apart, under half the filter's angular width
FILTER_PERIODS_PX = np.array([5.3, 6.3, 7.4, 8.6, 10.0, 11.7, 13.6])  # 17 % apart
SIGMA_ACROSS_PERIODS = 0.40  # Gaussian sigma across the ridge, in periods
SIGMA_ALONG_PERIODS = 0.55  # Gaussian sigma along the ridge, in periods

# Minutiae (tuned); lengths in ridge periods of the finger
BORDER_PX = 5  # distance from the edge of the mask under which minutiae are artefacts
STRENGTH_FLOOR = 0.1  # answer to the filter, relative to the median; beyond the skin: 0.1
WALK_PERIODS = 2.0  # how far a ridge is followed from a minutia
DIRECTION_PERIODS = 1.2  # where along the walk the direction is taken
SPUR_PERIODS = 0.6  # shorter branches are spurs
ISLAND_PERIODS = 0.9  # shorter ridges with two ends are islands or pores
LAKE_PERIODS = 0.7  # shorter branches between two bifurcations are bridges
GAP_PERIODS = 0.5  # facing endings nearer than this are a broken ridge
CLUSTER_PERIODS = 0.4  # two minutiae nearer than this are one defect
CROWD_PERIODS = 2.6  # radius in which a clean print has few minutiae
CROWD_COUNT = 7  # more neighbours than this within the radius is a scar or smudge
T_SHAPE_RAD = 0.75 * np.pi  # a bifurcation whose closest branches differ by more is a crossing
ANGLE_FIELD_SHARE = 0.2  # weight of the orientation field against the walk in a minutia's angle
EDGE_REACH_PERIODS = 4.0  # beyond, the edge of the print tells nothing
NEAREST_REACH_PERIODS = 4.0  # beyond, the nearest minutia tells nothing
FACING_REACH_PERIODS = 3.0  # beyond, two minutiae are no cut ridge
FACING_ANGLE_RAD = 2.3  # minutiae face each other when their angles differ by more
MINUTIA_ANSWER_PX = 9  # window around a minutia, one ridge period
MIN_MINUTIA_QUALITY = 10  # percent; what is less likely is dropped
# Quality of a minutia: logistic regression, fitted on the odd fingers.
MINUTIA_OFFSET = -4.084
MINUTIA_WEIGHTS = {
    "clarity": 1.434,
    "edge_periods": 0.59,
    "nearest_periods": 0.338,
    "crowd": -0.026,
    "facing_periods": 0.354,
    "answer": 2.428,
    "misdirection": -2.241,
    "branches": -0.248,
}

# Comparison (tuned); pixels at 500 ppi
NEIGHBOURHOOD_RADIUS_PX = 75.0  # 3.8 mm around a minutia
NEIGHBOURHOOD_CELLS = 10  # cells on each side of the square around a minutia
NEIGHBOURHOOD_ANGLES = 6  # steps of the neighbours' direction
NEIGHBOURHOOD_SIGMA_PX = 6.5  # positions shift by this much under the skin's stretch
NEIGHBOURHOOD_ANGLE_SIGMA_RAD = 0.6
NEIGHBOUR_COUNT = 16  # nearest minutiae that describe one
MAX_ROTATION_RAD = 1.05  # 60 degrees: 45 allowed, plus the error of two minutiae
UNREPORTED_QUALITY = 70  # of a minutia: the mean of ours; ISO/IEC 19794-2 writes "unknown" as 0
SCREEN_COUNT = 32  # most trusted minutiae that the screening looks at
SCREEN_PAIRS = 5  # likest pairs that it averages
SCREEN_LIKENESS = 0.55  # mean likeness from which comparing is worth it; true matches: 0.57 up
CANDIDATE_COUNT = 70  # guesses that may support each other
SUPPORT_DISTANCE_PX = 6.0  # tolerance of the distance between two minutiae ...
SUPPORT_DISTANCE_GROWTH = 0.03  # ... plus this share of it
SUPPORT_ANGLE_RAD = 0.18  # tolerance of bearings and directions
SUPPORT_NEAR_PX = 25.0  # nearer minutiae say little about bearings
SUPPORT_ROUNDS = 3
HYPOTHESIS_COUNT = 8  # rigid motions tried
DIRECTION_LEVER_PX2 = 100.0  # a direction weighs like two points 10 px apart
PAIR_LIKENESS_FLOOR = 0.3  # weight of a pair whose neighbourhoods differ
BOX_PX = 9.0  # tolerance of a pair's position ...
BOX_GROWTH = 0.05  # ... plus this share of the distance from what is known ...
BOX_MAX_PX = 18.0  # ... up to two ridge periods
BOX_ANGLE_RAD = 0.45
REFINEMENT_ROUNDS = 2
DISPLACEMENT_SIGMA_PX = 50.0  # reach of a pair's pull on its surroundings
DISPLACEMENT_INERTIA = 1.0  # pairs that it takes to pull half the way
OVERLAP_MARGIN_PX = 2.0  # slack of the outline around the outermost minutiae

# Scores of different fingers
SCORE_SCALE = 20.0  # brings a clear match to 100
# Share of 144,640 comparisons of different fingers (all fingers of five sets) that reach a score.
# The odd fingers alone gave 12.7 for 0.1 %: the hardest pairs are two fingers of one person.
FALSE_MATCH_SCORES = (0.0, 5.8, 8.9, 11.2, 13.4, 16.2, 18.4, 20.6, 23.2, 25.1, 26.8, 28.7)
FALSE_MATCH_RATES = (1.0, 0.05, 0.02, 0.01, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5)
VERIFICATION_SCORE = 18.4  # same finger from here on: false match rate 0.1 %

# Quality components
CLARITY_SMOOTHING_BLOCKS = 0.8  # Gaussian sigma of the correlation's parts
CLEAR_BLOCK = 0.7  # correlation with the ideal ridge above which a block is clear
CLEAR_MINUTIA = 0.6  # the same where a minutia breaks the ridge
GRAIN_SIGMA_PX = 1.2  # Gaussian sigma below which structure is finer than ridges
BLOTCH_SIGMA_BLOCKS = 0.6  # Gaussian sigma; with the block's own mean coarser than ridges
STREAK_WEIGHT = 4.0  # of streaks against modulation, which have about one value in ten motions
RESIDUE_LEVELS = 6.0  # gray levels of contrast outside the print ...
RESIDUE_COHERENCE = 0.3  # ... with a common direction are an older print or dirt
DARK_SURROUNDINGS = 0.3  # contrasts below the middle gray of the print from which a block is dark
FILLED_CONTRAST = 0.1  # contrasts above the level of ridges up to which a block is filled
MIN_SURROUNDINGS_BLOCKS = 20  # 3.3 mm2; fewer say nothing about what is light and what dark

# Quality score: points fitted to the odd fingers of five sets (`python -m biometrics calibrate
# --nfiq2`): least squares, each set weighing like the root of its size, on NFIQ 2 scores plus
# QUALITY_UTILITY_SHARE times how well an impression matched the others of its finger.
QUALITY_UTILITY_SHARE = 0.45  # chosen for errors against discard on the odd fingers
# Component: value of a poor print (no points), of a good one (all points); 2nd and 98th percentile.
QUALITY_RANGES = {
    "clear_area_mm2": (0.0, 240.0),  # a whole fingertip; more is not better
    "clear_minutiae": (0.0, 25.0),  # twice what a comparison needs; more are pattern, not quality
    "local_clarity": (0.66, 0.89),
    "ridge_valley_uniformity": (0.64, 0.85),
    "graininess": (0.19, 0.075),
    "blotchiness": (0.038, 0.006),
    "contrast_levels": (10.0, 60.0),  # pays for grain and blotches that fade with the ridges
}
QUALITY_POINTS = {
    "clear_area_mm2": 65.1,
    "clear_minutiae": 25.7,
    "local_clarity": 6.8,
    "ridge_valley_uniformity": 23.5,
    "graininess": 26.3,
    "blotchiness": 26.7,
    "contrast_levels": 11.6,
}
QUALITY_OFFSET = -75.8
QUALITY_KNEE = 20.0  # score below which the sum is bent towards 0, which means no print
# Component: value at which the score is 0, value from which it is not damped.
QUALITY_GATES = {
    "ridge_valley_uniformity": (0.42, 0.62),  # real prints: 0.58 up; smooth noise under 0.49
    "sharpness": (0.80, 1.25),  # real prints: 1.22 and up; a pure wave has 1
    "motion": (1.5, 0.85),  # still: under 0.6, sweep sensors under 1; 7 px of motion: 1.1
    "minutiae_count": (0.0, 8.0),  # real prints: 11 and up
    "contrast_levels": (4.0, 12.0),  # gray levels
    "light_surroundings": (0.10, 0.15),  # real prints: 0.53 and up; inverted: under 0.10
}
GOOD_QUALITY = 60  # score from which the ridges need no comment
POOR_QUALITY = 40  # score under which a print never goes without a reason; thresholds end at 30
USABLE_QUALITY = 20  # score from which a print can be compared; below, most comparisons fail

# Reasons: limits outside of which fewer than one good print in twenty lies
MIN_UNIFORMITY = 0.50
MIN_SHARPNESS = 1.2
MAX_MOTION = 0.85
MAX_RESIDUE_MM2 = 25.0
MIN_PRINT_MINUTIAE = 3.0
PRINT_FREQUENCY_PER_MM = (1.36, 3.94)  # periods of 0.74 to 0.25 mm
MIN_LIGHT_SURROUNDINGS = 0.10
MAX_FILLED_MM2 = 60.0  # optical sensors: under 42; wet fingers: 100 and up
MIN_AREA_MM2 = 95.0  # a fingertip on a small sensor covers 150
MIN_CONTRAST_LEVELS = 15.0
MAX_DARK_SHARE = 0.54
MIN_DARK_SHARE = 0.385
MAX_OFF_CENTRE_MM = 5.0
MAX_BLOTCHINESS = 0.035

# Likely reasons of poor prints that are within all limits; medians of real prints
LIKELY_SMALL_AREA_MM2 = 120.0
LIKELY_UNEVEN_BLOTCHINESS = 0.027
DRY_OR_WET_DARK_SHARE = 0.46

# Live preview
PREVIEW_PPI = 250.0  # ridges are four pixels apart, which still shows their direction
PREVIEW_BLOCK_PX = 4  # as large on the finger as the blocks of the check
PREVIEW_COHERENCE = 0.28  # 0..1; blocks of 16 pixels let noise reach 0.25
PREVIEW_WINDOW_PX = 15  # three ridge periods
PREVIEW_SMOOTHING_BLOCKS = 1.5  # Gaussian sigma
FINGER_PRESENT_MM2 = 25.0  # a fingertip that just touches
