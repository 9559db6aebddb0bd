"""What can be measured on a fingerprint scanner: frames in, numbers and pictures out."""
