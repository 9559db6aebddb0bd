"""Accuracy, quality and timing measured on folders of images."""
