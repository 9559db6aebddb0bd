"""What a JPEG 2000 codestream announces, checked before its decoder may allocate anything.

The decoder (OpenJPEG, inside Pillow) believes its headers: a few hundred bytes that announced
2800 x 2800 pixels in precincts of one pixel took 4.3 GB and 7 s, and 65,535 quality layers 8 s. So
the main header is read up to the first tile, the header of every tile part is looked through, and
what has no place in pictures of residents is refused::

    main header   FF4F, SIZ = FF51 length:u16 Rsiz:u16 X Y XO YO XT YT XTO YTO:u32 count:u16
                  count * (depth:u8 dx:u8 dy:u8), then COD, QCD, QCC, TLM, PLM, CRG, COM
    COD           FF52 length:u16 style:u8 progression:u8 layers:u16 colour:u8 levels:u8
                  block width and height:u8 (exponent less 2) block style:u8 wavelet:u8,
                  with style bit 0: a byte of exponents (height:4 width:4) a resolution
    tile part     SOT = FF90 length:u16 = 10 tile:u16 bytes:u32 part:u8 parts:u8,
                  then QCD, QCC, PLT, COM, SOD = FF93, packets

A packet is one layer of one precinct of one resolution of one component of one tile: their number
is what costs time, and is limited.
"""

import struct
from dataclasses import dataclass

from biometrics.codecs.cursor import Cursor
from biometrics.codecs.errors import FieldValueError, LimitExceededError

MAX_SIDE_PX = 16_384
MAX_TILES = 1024
MAX_PACKETS = 40_000  # 20 us each in the decoder; a portrait of 8 megapixels has some thousands
MAX_CODE_BLOCKS = 200_000  # 8 megapixels of three colours in blocks of 16 x 8
MAX_LEVELS = 32  # source: ITU-T T.800, table A.15
MAX_TILE_PARTS = 8 * MAX_TILES

START = b"\xff\x4f\xff\x51"
_SIZE = struct.Struct(">HHIIIIIIIIH")
_COMPONENT = struct.Struct(">BBB")
_MARKER = struct.Struct(">H")
_LENGTH = struct.Struct(">H")
_TILE_PART = struct.Struct(">HHIBB")
_CODING = struct.Struct(">BBHBBBBBB")
_COD, _QCD, _QCC, _TLM, _PLM, _PLT, _CRG, _COM = (
    *(0xFF52, 0xFF5C, 0xFF5D, 0xFF55, 0xFF57, 0xFF58, 0xFF63, 0xFF64),
)
_SOT, _SOD, _EOC = 0xFF90, 0xFF93, 0xFFD9
_IN_MAIN_HEADER = frozenset((_COD, _QCD, _QCC, _TLM, _PLM, _CRG, _COM))
_IN_TILE_PART = frozenset((_QCD, _QCC, _PLT, _COM))
_REVERSIBLE_WAVELET = 1
_DEFAULT_PRECINCT = 15  # exponent where none is given
_HAS_PRECINCTS = 1
_MARKER_BYTES = 2


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What the bytes say before anything is decoded."""

    rows_px: int
    cols_px: int
    channels: int
    """1 (grey) or 3."""
    is_reversible: bool
    """Whether the wavelet is the 5/3 one, without which nothing is lossless."""


@dataclass(frozen=True, slots=True)
class _Grid:
    """Size of the picture and of its tiles."""

    rows_px: int
    cols_px: int
    tile_rows_px: int
    tile_cols_px: int
    channels: int

    @property
    def tiles(self) -> int:
        """Number of tiles."""
        return -(-self.cols_px // self.tile_cols_px) * -(-self.rows_px // self.tile_rows_px)


def read_codestream(data: bytes, *, limit_bytes: int, limit_px: int) -> ImageHeader:
    """Read and check everything but the packets.

    Parameters
    ----------
    data : bytes
        A bare codestream.
    limit_bytes, limit_px : int
        Refuse more than this.

    Returns
    -------
    header : ImageHeader
        Grey or three colours of 8 bits.

    Raises
    ------
    CodecError
        One subclass per reason.

    References
    ----------
    .. [1] ITU-T T.800 (ISO/IEC 15444-1), annexes A and B.
    """
    cursor = Cursor(data, limit_bytes=limit_bytes, name="JPEG 2000 codestream")
    cursor.expect(START[:2], START[2:])
    grid = _read_size(cursor, limit_px)
    wavelet = _read_main_header(cursor, grid)
    _read_tile_parts(cursor, grid)
    return ImageHeader(grid.rows_px, grid.cols_px, grid.channels, wavelet == _REVERSIBLE_WAVELET)


def _read_size(cursor: Cursor, limit_px: int) -> _Grid:
    length, _rsiz, *fields, count = cursor.unpack(_SIZE, "SIZ")
    if count not in (1, 3) or length != _SIZE.size + _COMPONENT.size * count:
        raise FieldValueError(f"{count} components", field="SIZ")
    right, bottom, left, top, tile_cols, tile_rows, tile_left, tile_top = fields
    if (left, top, tile_left, tile_top) != (0, 0, 0, 0):
        raise FieldValueError("an image offset", field="SIZ")
    _check_area(bottom, right, limit_px)
    if tile_cols == 0 or tile_rows == 0:
        raise FieldValueError("a tile of no size", field="SIZ")
    grid = _Grid(bottom, right, min(tile_rows, bottom), min(tile_cols, right), count)
    if grid.tiles > MAX_TILES:
        raise LimitExceededError(f"{grid.tiles} tiles, at most {MAX_TILES}", field="SIZ")
    for _ in range(count):
        component = cursor.unpack(_COMPONENT, "SIZ")
        if component != (7, 1, 1):  # 8 bits unsigned, not subsampled
            raise FieldValueError(f"component {component}", field="SIZ")
    return grid


def _check_area(rows_px: int, cols_px: int, limit_px: int) -> None:
    is_side = 0 < rows_px <= MAX_SIDE_PX and 0 < cols_px <= MAX_SIDE_PX
    if not is_side or rows_px * cols_px > limit_px:
        raise LimitExceededError(f"{rows_px} x {cols_px} px, at most {limit_px}", field="SIZ")


def _read_main_header(cursor: Cursor, grid: _Grid) -> int:
    """Read up to the first tile part's marker; return the wavelet of the one COD segment."""
    wavelet: int | None = None
    while True:
        (marker,) = cursor.unpack(_MARKER, "marker")
        if marker == _SOT:
            break
        if marker not in _IN_MAIN_HEADER:
            raise FieldValueError(f"{marker:#06x} is not read", field="main header")
        content = _take_segment(cursor)
        if marker == _COD:
            if wavelet is not None:
                raise FieldValueError("a second COD segment", field="main header")
            wavelet = _read_coding(content, grid)
    if wavelet is None:
        raise FieldValueError("no COD segment", field="main header")
    return wavelet


def _take_segment(cursor: Cursor) -> bytes:
    (length,) = cursor.unpack(_LENGTH, "segment length")
    if length < _LENGTH.size:
        raise FieldValueError(f"{length} is shorter than itself", field="segment length")
    return cursor.take(length - _LENGTH.size, "segment")


def _read_coding(content: bytes, grid: _Grid) -> int:
    cursor = Cursor(content, limit_bytes=0xFFFF, name="COD")
    style, progression, layers, colour, levels, *block, _block_style, wavelet = cursor.unpack(
        _CODING, "COD"
    )
    if progression > 4 or colour > 1 or wavelet > 1 or layers == 0 or style > 7:
        raise FieldValueError(f"{content[:9].hex()}", field="COD")
    if levels > MAX_LEVELS or max(block) > 8 or sum(block) > 8:  # exponents less 2
        raise FieldValueError(f"{levels} levels, blocks {block}", field="COD")
    exponents = [_DEFAULT_PRECINCT << 4 | _DEFAULT_PRECINCT] * (levels + 1)
    if style & _HAS_PRECINCTS:
        exponents = list(cursor.take(levels + 1, "precincts"))
    cursor.finish()
    precincts = _count_precincts(grid, exponents)
    if precincts * layers > MAX_PACKETS:
        raise LimitExceededError(f"{layers} layers of {precincts} precincts", field="COD")
    blocks = grid.rows_px * grid.cols_px * grid.channels >> sum(block) + 4
    if blocks > MAX_CODE_BLOCKS:
        raise LimitExceededError(f"{blocks} code blocks, at most {MAX_CODE_BLOCKS}", field="COD")
    return int(wavelet)


def _count_precincts(grid: _Grid, exponents: list[int]) -> int:
    """Return an upper bound: every tile is taken to be of full size."""
    count = 0
    for resolution, exponent in enumerate(exponents):
        width, height = exponent & 15, exponent >> 4
        if resolution and not (width and height):
            raise FieldValueError("a precinct of one pixel above the lowest level", field="COD")
        shrink = len(exponents) - 1 - resolution
        # A tile that begins inside a precinct may touch one more.
        across = _halve(_halve(grid.tile_cols_px, shrink), width) + (grid.tiles > 1)
        down = _halve(_halve(grid.tile_rows_px, shrink), height) + (grid.tiles > 1)
        count += across * down
    return count * grid.tiles * grid.channels


def _halve(size_px: int, times: int) -> int:
    """Halve and round up, as the wavelet does."""
    return size_px + (1 << times) - 1 >> times


def _read_tile_parts(cursor: Cursor, grid: _Grid) -> None:
    """Look through the header of every tile part; the cursor is behind the first marker."""
    for _ in range(MAX_TILE_PARTS):
        start = cursor.offset - _MARKER_BYTES
        length, tile, size, _part, _parts = cursor.unpack(_TILE_PART, "SOT")
        if length != _TILE_PART.size or tile >= grid.tiles:
            raise FieldValueError(f"tile {tile} of {grid.tiles}", field="SOT")
        _read_tile_header(cursor)
        packets = _packet_bytes(size, cursor, start)
        if packets is None:  # to the end of the codestream
            return
        cursor.take(packets, "packets")
        (marker,) = cursor.unpack(_MARKER, "end of codestream")
        if marker == _EOC:
            return
        if marker != _SOT:
            raise FieldValueError(f"{marker:#06x} behind a tile part", field="marker")
    raise LimitExceededError(f"more than {MAX_TILE_PARTS} tile parts", field="SOT")


def _read_tile_header(cursor: Cursor) -> None:
    while True:
        (marker,) = cursor.unpack(_MARKER, "marker")
        if marker == _SOD:
            return
        if marker not in _IN_TILE_PART:
            raise FieldValueError(f"{marker:#06x} is not read", field="tile part")
        _take_segment(cursor)


def _packet_bytes(size: int, cursor: Cursor, start: int) -> int | None:
    if size == 0:
        return None
    packets = start + size - cursor.offset
    if packets < 0:
        raise FieldValueError(f"{size} bytes, fewer than its header", field="SOT")
    return packets
