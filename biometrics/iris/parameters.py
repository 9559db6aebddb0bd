"""Constants of the iris check. Pixels are those of a 640 x 480 frame as the camera gives it."""

# --- finding the circles --------------------------------------------------------------------------
COARSE_SCALE = 4  # the pupil is sought in a frame this many times smaller
PUPIL_RADIUS_PX = (14.0, 110.0)
IRIS_RADIUS_PX = (40.0, 260.0)
DARK_PERCENTILES = (1.0, 2.0, 4.0, 7.0, 11.0, 16.0)  # levels at which a dark spot may part
DARK_STEPS = 8  # and so many even steps between the darkest and the middle grey
MAX_SPOTS = 4  # tried one after the other
SPECULAR_KERNEL_PX = 7  # at the coarse scale: reflections of lamps are smaller, pupils larger
MIN_ROUNDNESS = 0.62  # inscribed circle against the circle of equal area; 1 for a disc
MIN_ASPECT = 0.45  # a pupil half under the lid is still one
MIN_PUPIL_STEP = 8.0  # grey levels between pupil and iris, right at the edge
MIN_LIMBUS_STEP = 5.0  # grey levels between iris and sclera
LATERAL_ARC_RAD = 0.65  # 37 degrees above and below the horizontal: free of lids
PUPIL_IRIS_RATIO = (0.18, 0.75)  # source: ISO/IEC 29794-6, pupil-iris ratio 20 to 70 %, widened

# --- limits, with the names of ISO/IEC 29794-6 where it has one -----------------------------------
MIN_IRIS_RADIUS_PX = 105.0  # diameter 210 px; source: capture rules of this project
MAX_IRIS_RADIUS_PX = 165.0  # beyond, the margin below can no longer be kept in a 640 x 480 frame
MIN_USABLE_SHARE = 0.70  # source: ISO/IEC 29794-6, usable iris area
CLOSED_USABLE_SHARE = 0.25  # below: the eye is shut rather than half covered
MIN_IRIS_SCLERA_CONTRAST = 0.05  # share of the sum (ISO/IEC 29794-6 writes 5)
MIN_IRIS_PUPIL_CONTRAST = 0.30  # share of the sum (ISO/IEC 29794-6 writes 30)
PUPIL_RATIO_LIMITS = (0.20, 0.70)  # source: ISO/IEC 29794-6
MIN_CONCENTRICITY = 0.90  # source: ISO/IEC 29794-6
MIN_MARGIN = 0.80  # 1 = 0.6 radii left and right, 0.2 above and below; source: ISO/IEC 29794-6
MIN_SHARPNESS = 1.0  # see SHARP_EDGE_SHARE
MAX_SPECULAR_SHARE = 0.05  # of the iris: a lamp mirrored in a spectacle lens
SPECULAR_GREY = 235

# --- where the iris itself is seen ----------------------------------------------------------------
MIN_USABLE_REACH_GREY = 22.0  # grey levels about the typical one; tuned on simulated eyes
USABLE_REACH_SPREADS = 3.0  # or so many robust spreads, where the texture is strong
WHITE_ARC_RAD = 0.35  # 20 degrees above and below the horizontal
SHARP_EDGE_SHARE = (
    0.07  # steepest half pixel of the edge; simulated: 0.095 sharp, 0.065 at 2.5 px blur
)

# --- the score ------------------------------------------------------------------------------------
FULL_USABLE_SHARE = 0.95  # from here on nothing more is gained; simulated open eyes: 0.94 to 0.97
FULL_SHARPNESS = 1.35  # simulated sharp eyes
FULL_IRIS_PUPIL_CONTRAST = 0.5
FULL_IRIS_SCLERA_CONTRAST = 0.15
MOVED_SHARE = 0.04  # of the iris radius between two frames: the eye does not rest
PREVIEW_USABLE_SHARE = 0.60  # below: ask to open the eyes
