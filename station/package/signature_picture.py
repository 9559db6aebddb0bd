"""The picture of a signature: an SVG in millimetres that any viewer shows."""

from station.package.records import SignatureSample

INK_MM = 0.5
STEP_MM = 0.05  # points closer than this to the last one are left out


def draw_signature(sample: SignatureSample) -> bytes:
    """Return the SVG; black lines on no background, as wide and high as the pad."""
    width, height = sample.geometry.width_mm, sample.geometry.height_mm
    paths = "".join(f'<path d="{_path(stroke)}"/>' for stroke in sample.strokes if stroke)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {width:g} {height:g}"><g fill="none" stroke="#000" '
        f'stroke-width="{INK_MM:g}" stroke-linecap="round" stroke-linejoin="round">'
        f"{paths}</g></svg>\n"
    ).encode("ascii")


def _path(stroke: tuple[tuple[float, float, float, float], ...]) -> str:
    last_x, last_y = stroke[0][:2]
    steps = [f"M{last_x:.2f} {last_y:.2f}L{last_x:.2f} {last_y:.2f}"]  # a dot is a line to itself
    for x_mm, y_mm, *_ in stroke[1:]:
        if abs(x_mm - last_x) >= STEP_MM or abs(y_mm - last_y) >= STEP_MM:
            steps.append(f"{x_mm:.2f} {y_mm:.2f}")
            last_x, last_y = x_mm, y_mm
    return " ".join(steps)
