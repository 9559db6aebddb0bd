"""Parts of an ANSI/NIST-ITL transaction from the ISO records that a recording is kept in.

Nothing is coded again: pictures go over as they are. The tables of finger positions, impressions
and eyes have the same numbers in both standards for what a station records (fingers 1 to 10, slaps
13 to 15, right eye 1). Of the quality scores of a slap none is carried over, since Type 14 wants
one for each finger. ISO records keep the moment in UTC and ANSI/NIST wants the day at the place of
capture, which in Jayapura begins nine hours earlier: the caller names the zone.
"""

from datetime import UTC, date, datetime, tzinfo

from biometrics.codecs.errors import UnencodableError, require
from biometrics.codecs.finger_images import Compression, FingerImage
from biometrics.codecs.finger_views import IMPRESSION_CODES, FingerView
from biometrics.codecs.iso19794_5 import Coding, ColourSpace
from biometrics.codecs.iso19794_5 import FaceImage as IsoFace
from biometrics.codecs.iso19794_6 import ImageFormat, PriorCompression
from biometrics.codecs.iso19794_6 import IrisImage as IsoIris
from biometrics.codecs.nist_itl_images import FaceImage, IrisImage, PrintImage
from biometrics.codecs.nist_itl_minutiae import Minutiae
from biometrics.codecs.nist_itl_picture import Picture, QualityScore
from biometrics.codecs.representation import CaptureTime, QualityBlock

_PRINTS = {
    Compression.RAW: "NONE",
    Compression.WSQ: "WSQ20",
    Compression.JPEG: "JPEGB",
    Compression.JPEG_2000_LOSSY: "JP2",
    Compression.JPEG_2000_LOSSLESS: "JP2L",
    Compression.PNG: "PNG",
}
_FACES = {
    Coding.JPEG: "JPEGB",
    Coding.JPEG_2000_LOSSY: "JP2",
    Coding.JPEG_2000_LOSSLESS: "JP2L",
    Coding.PNG: "PNG",
}
_COLOURS = {ColourSpace.RGB_24: "SRGB", ColourSpace.GREY_8: "GRAY", ColourSpace.YUV_422: "YCC"}
_SINGLE_FINGERS = range(1, 11)


def print_of(idc: int, image: FingerImage, *, source: str, zone: tzinfo) -> PrintImage:
    """Return the Type-14 part of a finger or slap image; raises UnencodableError."""
    known = image.compression in _PRINTS
    require(known, "compression", f"{image.compression.name} has no code in Type 14")
    is_single = image.position in _SINGLE_FINGERS
    return PrintImage(
        idc=idc,
        picture=Picture(
            payload=image.payload,
            compression=_PRINTS[image.compression],
            shape_px=image.shape_px,
            resolution_ppi=image.resolution_ppi,
        ),
        positions=(image.position,),
        source=source,
        captured_on=_day_of(image.start.captured_at, zone),
        impression=image.impression,
        quality=_scores_of(image.start.quality, image.position) if is_single else (),
    )


def minutiae_of(idc: int, view: FingerView) -> Minutiae:
    """Return the Type-9 part of a finger's minutiae; `idc` is that of its print."""
    return Minutiae(
        idc=idc,
        position=view.position,
        template=view.template,
        quality_score=view.quality_score,
        quality_algorithm=view.quality_algorithm,
        impression=IMPRESSION_CODES[view.impression],
        view_number=view.view_number,
    )


def face_of(idc: int, image: IsoFace, *, source: str, zone: tzinfo) -> FaceImage:
    """Return the Type-10 part of a portrait; raises UnencodableError."""
    return FaceImage(
        idc=idc,
        picture=Picture(image.payload, _FACES[image.coding], image.shape_px, None),
        source=source,
        captured_on=_day_of(image.start.captured_at, zone),
        colours=_COLOURS.get(image.colour_space, "UNK"),
    )


def iris_of(idc: int, image: IsoIris, *, source: str, zone: tzinfo) -> IrisImage:
    """Return the Type-17 part of an eye; raises UnencodableError."""
    is_jpeg_2000 = image.image_format == ImageFormat.GREY_JPEG_2000
    is_raw = image.image_format == ImageFormat.GREY_RAW
    is_known = is_jpeg_2000 or is_raw or image.image_format == ImageFormat.GREY_PNG
    require(is_known, "image format", f"{image.image_format.name} is not carried over")
    is_lossless = image.prior_compression == PriorCompression.LOSSLESS_OR_NONE
    jpeg_2000 = "JP2L" if is_lossless else "JP2"
    compression = jpeg_2000 if is_jpeg_2000 else "NONE" if is_raw else "PNG"
    return IrisImage(
        idc=idc,
        picture=Picture(
            image.payload, compression, image.shape_px, None, bits_per_px=image.bit_depth
        ),
        eye=int(image.eye),
        source=source,
        captured_on=_day_of(image.start.captured_at, zone),
        quality=_scores_of(image.start.quality, None),
    )


def _day_of(moment: CaptureTime, zone: tzinfo) -> date:
    if moment.year is None or moment.month is None or moment.day is None:
        raise UnencodableError("not known", field="capture date")
    try:
        day = datetime(moment.year, moment.month, moment.day, moment.hour or 0, tzinfo=UTC)
        return day.date() if moment.hour is None else day.astimezone(zone).date()
    except (ValueError, OverflowError) as error:
        raise UnencodableError(str(error), field="capture date") from error


def _scores_of(blocks: tuple[QualityBlock, ...], position: int | None) -> tuple[QualityScore, ...]:
    return tuple(
        QualityScore(block.score, block.vendor, block.algorithm, position) for block in blocks
    )
