"""Records of ISO/IEC 19794 and compressed images: bytes to values and back."""
