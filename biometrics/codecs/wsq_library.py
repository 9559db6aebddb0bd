"""The one call of the WSQ library that its Python half does not pass on: a chosen bit rate.

`_wsq.compress` takes a rate and ignores it. The compiled module behind it exports the encoder of
NIST's NBIS, whose third argument is that rate; it is called here directly::

    int wsq_encode_mem(unsigned char **out, int *out_bytes, float bits_per_px,
                       unsigned char *in, int cols, int rows, int depth, int ppi, char *comment)

Columns come first here, unlike in `_wsq.compress`. The interpreter stays locked during the call
(`PyDLL`), since the encoder works in global tables. At 0.75 bit a pixel both calls give the same
bytes, which the tests hold fast.
"""

import ctypes

import _wsq  # type: ignore[import-not-found]  # the compiled half of `wsq`
import numpy as np
from numpy.typing import NDArray

from biometrics.codecs.errors import UnencodableError

_DEPTH_BITS = 8
_LIBRARY = ctypes.PyDLL(_wsq.__file__)
_FREE = ctypes.PyDLL(None).free
_FREE.argtypes = [ctypes.c_void_p]
_FREE.restype = None


def compress_at_rate(
    pixels: NDArray[np.uint8], *, bits_per_px: float, resolution_ppi: int
) -> bytes:
    """Compress a grey picture at a rate.

    Parameters
    ----------
    pixels : (rows, cols) ndarray of uint8
        Grey; the caller has checked its size.
    bits_per_px : float
        What the quantization aims at; the size that comes out depends on the picture.
    resolution_ppi : int
        For the comment in the file.

    Returns
    -------
    data : bytes
        The whole file.

    Raises
    ------
    UnencodableError
        If the library has no such call, or the call fails.

    References
    ----------
    .. [1] NIST Biometric Image Software 5.0, `imgtools/src/lib/wsq/encoder.c`.
    """
    encoder = getattr(_LIBRARY, "wsq_encode_mem", None)
    if encoder is None:
        raise UnencodableError("this build of `wsq` cannot choose its rate", field="rate")
    encoder.restype = ctypes.c_int
    raw = np.ascontiguousarray(pixels).tobytes()
    rows_px, cols_px = pixels.shape
    out = ctypes.c_void_p()
    out_bytes = ctypes.c_int()
    answer = encoder(
        *(ctypes.byref(out), ctypes.byref(out_bytes), ctypes.c_float(bits_per_px)),
        *(ctypes.c_char_p(raw), ctypes.c_int(cols_px), ctypes.c_int(rows_px)),
        *(ctypes.c_int(_DEPTH_BITS), ctypes.c_int(resolution_ppi), None),
    )
    if answer != 0 or not out.value:
        raise UnencodableError(f"the encoder ended with {answer}", field="pixels")
    try:
        return ctypes.string_at(out.value, out_bytes.value)
    finally:
        _FREE(out)
