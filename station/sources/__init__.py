"""How each step reads its device, looks at a frame, and judges it; one file per kind of capture."""
