"""Constants of the portrait check. Shares are of the picture's edge; angles in radians."""

# --- detector (MediaPipe short range, Apache-2.0): facts of the published model -----------------
DETECTOR_INPUT_PX = 128
DETECTOR_STRIDES = ((8, 2), (16, 6))  # (stride in px, anchors per cell)
MIN_FACE_SCORE = 0.6  # 0.5 is the model's own choice; ours is stricter, for one clear face
MAX_FACE_OVERLAP = 0.3  # intersection over union; more is the same face twice
DETECTOR_KEYPOINTS = 6  # right eye, left eye, nose, mouth, right ear, left ear

# --- landmarks (478 points, Apache-2.0) -----------------------------------------------------------
LANDMARK_INPUT_PX = 256
LANDMARK_MARGIN = 1.5  # the model sees the box widened by this
LANDMARK_COUNT = 478

# --- segmentation (selfie, Apache-2.0) ------------------------------------------------------------
SEGMENTATION_INPUT_PX = 256
BACKGROUND_MASK = 0.1  # below: surely background; LIBRARIES.md section 2
BACKGROUND_FROM_TOP = 0.55  # shoulders and clothes lie below

# --- limits ---------------------------------------------------------------------------------------
MIN_EYE_DISTANCE_PX = 120.0  # BSI TR-03121-3 Vol. 4
MAX_ROLL_RAD = 0.1396  # 8 degrees; the same
MAX_YAW_RAD = 0.1396  # the same asks for 5 degrees; 3 more for what the landmarks scatter
MAX_PITCH_RAD = 0.1745  # 10 degrees; 5 more, as depth is guessed and cameras stand high or low
# The same asks for 0.6 to 0.9 of the height with hair; ours is from forehead to chin.
HEAD_HEIGHT_SHARES = (0.38, 0.75)
CENTRE_COL_SHARES = (0.42, 0.58)  # the same asks for 0.45 to 0.55; widened by a tenth of a head
CENTRE_ROW_SHARES = (0.28, 0.56)  # the same: 0.3 to 0.5 from above, for the eyes; widened
MIN_EYES_OPEN = 0.14  # height over width; open 0.30, shut 0.04 to 0.07: FIELD.md 4.3
MAX_MOUTH_OPEN = 0.25  # gap over width of the lips; engineering choice
MEAN_GREY_LIMITS = (70.0, 205.0)  # of the face; 39 dark, 152 normal, 221 bright: FIELD.md 4.3
MAX_CLIPPED_SHARE = 0.05  # of the face at one end of the range
# Laplacian variance at normalised contrast: a real portrait 72, with blur of 3 px in a face of
# 140 px 11; simulated ones 110 to 260 (FIELD.md 4.3, not normalised: 33 sharp, 4 blurred).
MIN_SHARPNESS = 12.0
FULL_SHARPNESS = 60.0  # from here on nothing more is gained
SHARPNESS_FACE_PX = 256  # the face is scaled to this before
NORMAL_DEVIATION_GREY = 45.0  # contrast to which a face is brought before the blur test

# --- placing by the box alone, which is about 0.6 of the head with hair ---------------------------
BOX_HEIGHT_SHARES = (0.24, 0.5)
BOX_COL_SHARES = (0.42, 0.58)
BOX_ROW_SHARES = (0.34, 0.66)

# --- background, by hue: published custom gives no colour values (FIELD.md 3.5) -------------------
HUE_RANGES_RAD = {"red": (0.0, 0.85), "orange": (0.85, 1.55), "blue": (4.0, 5.5)}
MIN_BACKGROUND_CHROMA = 18.0  # CIELAB; a grey wall has below 8
MAX_BACKGROUND_SPREAD = 14.0  # standard deviation of lightness: a shadow, a window, a second colour

# --- score ----------------------------------------------------------------------------------------
PASS_SCORE = 60  # every limit reached gives at least this; engineering choice
PREVIEW_WIDTH_PX = 480
MOVED_SHARE = 0.02  # of the width between two frames: the head does not rest
