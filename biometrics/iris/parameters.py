"""Constants of the iris check. Pixels are those of a 640 x 480 frame as the camera gives it."""

# --- finding the circles --------------------------------------------------------------------------
COARSE_SCALE = 4  # the pupil is sought in a frame this many times smaller
PUPIL_RADIUS_PX = (14.0, 110.0)
IRIS_RADIUS_PX = (40.0, 260.0)
DARK_PERCENTILES = (1.0, 2.0, 4.0, 7.0, 11.0, 16.0)  # levels at which a dark spot may part
DARK_STEPS = 8  # and so many even steps between the darkest and the middle grey
MAX_SPOTS = 6  # tried one after the other
SPECULAR_KERNEL_PX = 7  # at the coarse scale: reflections of lamps are smaller, pupils larger
MIN_ROUNDNESS = 0.62  # inscribed circle against the circle of equal area; 1 for a disc
MIN_ASPECT = 0.45  # a pupil half under the lid is still one
MIN_PUPIL_STEP = 5.0  # grey levels between pupil and iris, right at the edge
MIN_PUPIL_AGREEMENT = 0.35  # of its outline on its circle; a pupil half under the lid has 0.5
MIN_LIMBUS_STEP = 8.0  # grey levels between iris and white, right at the edge; simulated: 20 to 40
MIN_LIMBUS_AGREEMENT = 0.45  # of its lateral arcs; an eye half shut has 0.6
LOWER_SIDES_RAD = 0.6  # 34 degrees below the horizontal: where lids reach last
LATERAL_ARC_RAD = 0.65  # 37 degrees above and below the horizontal: free of lids
PUPIL_IRIS_RATIO = (0.18, 0.75)  # source: ISO/IEC 29794-6, pupil-iris ratio 20 to 70 %, widened

# --- limits, with the names of ISO/IEC 29794-6 where it has one -----------------------------------
MIN_IRIS_RADIUS_PX = 105.0  # diameter 210 px; source: capture rules of this project
MAX_IRIS_RADIUS_PX = 165.0  # beyond, the margin below can no longer be kept in a 640 x 480 frame
MIN_USABLE_SHARE = 0.70  # source: ISO/IEC 29794-6, usable iris area
CLOSED_USABLE_SHARE = 0.25  # below: the eye is shut rather than half covered
MIN_IRIS_SCLERA_CONTRAST = 0.05  # share of the sum (ISO/IEC 29794-6 writes 5)
MIN_IRIS_PUPIL_CONTRAST = 0.30  # share of the sum (ISO/IEC 29794-6 writes 30)
MIN_MARGIN = 0.80  # 1 = 0.6 radii left and right, 0.2 above and below; source: ISO/IEC 29794-6
MIN_MOTION = 0.40  # least against most fine detail by direction; 1 = alike, still
MIN_SHARPNESS = 1.0  # see SHARP_EDGE_SHARE
MAX_SPECULAR_SHARE = 0.05  # of the iris: a lamp mirrored in a spectacle lens
SPECULAR_GREY = 235
MAX_SPECULARS = 6  # lamps give one or two, mirrored also in spectacles twice as many
MIN_SPECULAR_PX = 4
MIN_MOTION_SHARE = 0.3  # of the iris must be seen in directions at right angles

# --- where the iris itself is seen ----------------------------------------------------------------
MIN_USABLE_REACH_GREY = 22.0  # grey levels about the typical one; tuned on simulated eyes
USABLE_REACH_SPREADS = 3.0  # or so many robust spreads, where the texture is strong
WHITE_ARC_RAD = 0.35  # 20 degrees above and below the horizontal
SHARP_EDGE_SHARE = (
    0.07  # steepest half pixel of the edge; simulated: 0.095 sharp, 0.065 at 2.5 px blur
)

# --- the corners of the lids ----------------------------------------------------------------------
CORNER_BAND = 0.12  # radii above and below the middle of the iris
CORNER_REACH = (1.15, 2.9)  # radii from its middle in which the corner of the lids lies
CORNER_MIN_VIEW = 1.6  # so many radii must be in the picture, or the corner is not looked for
MIN_CORNER_SLOPE = 1.5  # grey levels per pixel; skin and white stay below 0.7 (simulated)
DUCT_GREY_SCALE = 5.0  # grey levels of difference that make the guess 73 % sure
SURE_OF_SIDE = 0.9
MAX_GAZE = 0.40  # difference of the white on both sides, share of their sum; simulated: 0.1

# --- a shut eye -----------------------------------------------------------------------------------
LASH_GREY = 14.0  # lashes are so much darker than the skin about them
LASH_LINE_WIDTH = 0.35  # of the picture
LASH_LINE_HEIGHT = 0.30

# --- the code for comparisons inside a session ----------------------------------------------------
CODE_RADII = 16
CODE_ANGLES = 256
LOG_GABOR_WAVELENGTH = 18.0  # samples; source: Masek, University of Western Australia, 2003
LOG_GABOR_BANDWIDTH = 0.5  # sigma over frequency; source: the same
MAX_TURN_STEPS = 16  # of 256: heads tilt by 22 degrees at most
MIN_SHARED_SHARE = 0.3  # of the code must be seen in both eyes
SAME_EYE_DISTANCE = 0.33  # Hamming; source: Daugman, IEEE TCSVT 14(1), 2004, table of rates

# --- the score ------------------------------------------------------------------------------------
FULL_USABLE_SHARE = 0.95  # from here on nothing more is gained; simulated open eyes: 0.94 to 0.97
FULL_SHARPNESS = 1.35  # simulated sharp eyes
FULL_IRIS_PUPIL_CONTRAST = 0.5
FULL_IRIS_SCLERA_CONTRAST = 0.15
MOVED_SHARE = 0.04  # of the iris radius between two frames: the eye does not rest
