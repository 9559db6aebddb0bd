"""The process in which WSQ bytes are decoded: standard input to standard output, then the end.

Writes rows and columns as two big-endian 32-bit numbers, then the pixels. Whatever damaged bytes do
to the decoder, they do it here, within 256 MB and 1 s of processor time.
"""

import resource
import struct
import sys

import _wsq  # type: ignore[import-not-found]  # the compiled half of `wsq`

MEMORY_BYTES = 256 << 20
CPU_S = 1


def main() -> None:
    """Decode once."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    pixels, cols_px, rows_px, _resolution_ppi = _wsq.decompress(sys.stdin.buffer.read())
    sys.stdout.buffer.write(struct.pack(">II", rows_px, cols_px))
    sys.stdout.buffer.write(pixels)


if __name__ == "__main__":
    main()
