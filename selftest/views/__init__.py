"""What cameras and pads show of cards, caps and pens: arrays in, numbers and plots out."""
