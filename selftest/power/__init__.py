"""The power log of a site: what the UPS saw of the mains, kept as evidence.

watch -> log (events, ten-minute means) -> figures of a week -> PWR-* checks
                                        -> sheet of a month  -> table, JSON, plot, PDF
"""
