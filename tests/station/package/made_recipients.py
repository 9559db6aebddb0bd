"""Recipients of hardware keys, made from software keys: to seal to, never to open with."""

from cryptography.hazmat.primitives.asymmetric import ec, mlkem
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"  # BIP 173
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def checksum(values):
    remainder = 1
    for value in values:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ value
        for bit, term in enumerate(GENERATOR):
            remainder ^= term if top >> bit & 1 else 0
    return remainder


def bech32(prefix, data):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    words = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    head = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    total = checksum(head + words + [0] * 6) ^ 1
    words += [total >> 5 * (5 - index) & 31 for index in range(6)]
    return prefix + "1" + "".join(ALPHABET[word] for word in words)


def point(number, form):
    key = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.X962, form)


TAG = bech32("age1tag", point(7, PublicFormat.CompressedPoint))
TAG_POST_QUANTUM = bech32(
    "age1tagpq",
    mlkem.MLKEM768PrivateKey.from_seed_bytes(b"\x09" * 64).public_key().public_bytes_raw()
    + point(7, PublicFormat.UncompressedPoint),
)
