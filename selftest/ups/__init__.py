"""What a UPS tells, made comparable: words, dates, volts per block, and whether to believe it.

Pure functions of NUT's variables (name -> text); nothing here asks a device or reads a clock.
"""
