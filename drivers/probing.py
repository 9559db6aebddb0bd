"""Take one sample from a device of any kind and say in numbers what came."""

import io
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from drivers.devices import (
    CardReader,
    Device,
    FaceCamera,
    FingerprintScanner,
    IrisCamera,
    PowerSupply,
    SignaturePad,
    read_signature,
)
from drivers.errors import OptionsError, TransportTimeoutError
from drivers.frames import Frame, PadGeometry, SignatureStroke
from drivers.transport.video_modes import TellsModes, describe_modes

OPEN_AND_CLOSE_LIMIT_S = 20.0  # the slowest: a reader that is restarted three times, 10 s
PAD_KIND = SignaturePad.kind
_SIGNING_LIMIT_S = 62.0  # `read_signature` ends after 60 s of ink and a pause
_CANCEL_LIMIT_S = 1.0
_SIGNATURE_PAUSE_S = 2.0
_SIGNATURE_PX_PER_MM = 10.0
_PEN_WIDTH_PX = 4

Measurement = str | int | float | None


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What a device gave."""

    measurements: dict[str, Measurement]
    pictures: tuple[tuple[str, Image.Image], ...] = ()
    """Name and picture; several for devices that give several at once."""


def take_sample(device: Device, *, timeout_s: float) -> Sample:
    """Take one sample of an open device; raises DriverError."""
    started_s = time.monotonic()
    sample = _sample_of(device, timeout_s)
    identity = device.identity()
    about: dict[str, Measurement] = {
        "kind": device.kind,
        "make": identity.make,
        "model": identity.model,
        "serial": identity.serial,
        "firmware": identity.firmware,
        "sample_s": round(time.monotonic() - started_s, 3),
    }
    if isinstance(device, TellsModes):
        about["offered_modes"] = describe_modes(device.offered_modes())
    return Sample(about | sample.measurements, sample.pictures)


def take_sample_in_time(
    device: Device, *, timeout_s: float, margin_s: float = OPEN_AND_CLOSE_LIMIT_S
) -> Sample:
    """Open a device, take a sample and close it; returns in time even when the device hangs.

    Raises DriverError. A thread that hangs in a library is left behind, and ends with the program.
    """
    outcome: list[Sample | BaseException] = []

    def run() -> None:
        try:
            with device:
                outcome.append(take_sample(device, timeout_s=timeout_s))
        except BaseException as error:  # raised again in the caller's thread
            outcome.append(error)

    thread = threading.Thread(target=run, name=f"{device.name} probe", daemon=True)
    thread.start()
    thread.join(timeout_s + margin_s + (_SIGNING_LIMIT_S if device.kind == PAD_KIND else 0.0))
    if thread.is_alive():
        device.cancel()
        thread.join(_CANCEL_LIMIT_S)
    if not outcome:
        raise TransportTimeoutError(
            "it hangs; unplug it, plug it in again and try once more", device=device.name
        )
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def save_pictures(sample: Sample, path: Path) -> None:
    """Write the sample's pictures as PNG that only their owner may read; raises OSError.

    Several pictures get their names into the file name: "eyes.png" gives "eyes-right.png".
    """
    for name, picture in sample.pictures:
        target = path.with_stem(f"{path.stem}-{name}") if len(sample.pictures) > 1 else path
        png = io.BytesIO()
        picture.save(png, "PNG", dpi=picture.info.get("dpi"))
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(png.getvalue())


def _sample_of(device: Device, timeout_s: float) -> Sample:
    match device:
        case FingerprintScanner() | FaceCamera():
            return _frame_sample({"frame": device.read_frame(timeout_s=timeout_s)})
        case IrisCamera():
            eyes = device.read_eyes(timeout_s=timeout_s)
            seen = {"right": eyes.right, "left": eyes.left}
            return _frame_sample({name: eye for name, eye in seen.items() if eye is not None})
        case SignaturePad():
            return _pad_sample(device, timeout_s)
        case CardReader():
            atr = device.read_atr(timeout_s=timeout_s)
            return Sample({"atr": None if atr is None else atr.hex()})
        case PowerSupply():
            return _power_sample(device, timeout_s)
    raise OptionsError(f"nothing is known of kind '{device.kind}'", device=device.name)


def _frame_sample(frames: dict[str, Frame]) -> Sample:
    measurements: dict[str, Measurement] = {}
    for name, frame in frames.items():
        measurements |= {
            f"{name}_rows": frame.pixels.shape[0],
            f"{name}_cols": frame.pixels.shape[1],
            f"{name}_resolution_ppi": frame.resolution_ppi,
            f"{name}_mean_gray": round(float(frame.pixels.mean()), 1),
            f"{name}_deviation_gray": round(float(frame.pixels.std()), 1),
        }
    pictures = tuple((name, _picture(frame)) for name, frame in frames.items())
    return Sample(measurements, pictures)


def _picture(frame: Frame) -> Image.Image:
    pixels: NDArray[np.uint8] = frame.pixels
    if pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[:, :, ::-1])  # BGR, but Pillow reads RGB
    picture = Image.fromarray(pixels)
    if frame.resolution_ppi is not None:
        picture.info["dpi"] = (frame.resolution_ppi, frame.resolution_ppi)
    return picture


def _pad_sample(pad: SignaturePad, timeout_s: float) -> Sample:
    geometry = pad.geometry()
    pad.start_inking()
    strokes = read_signature(pad, timeout_s=timeout_s, pause_s=_SIGNATURE_PAUSE_S)
    pad.stop_inking()
    samples = [sample for stroke in strokes for sample in stroke.samples]
    duration_s = samples[-1].time_s - samples[0].time_s if samples else 0.0
    measurements: dict[str, Measurement] = {
        "width_mm": geometry.width_mm,
        "height_mm": geometry.height_mm,
        "strokes": len(strokes),
        "samples": len(samples),
        "duration_s": round(duration_s, 3),
    }
    return Sample(measurements, (("signature", _draw(strokes, geometry)),))


def _draw(strokes: tuple[SignatureStroke, ...], geometry: PadGeometry) -> Image.Image:
    scale = _SIGNATURE_PX_PER_MM
    picture = Image.new(
        "L", (round(geometry.width_mm * scale), round(geometry.height_mm * scale)), 255
    )
    pen = ImageDraw.Draw(picture)
    for stroke in strokes:
        points = [(sample.x_mm * scale, sample.y_mm * scale) for sample in stroke.samples]
        pen.line(points, fill=0, width=_PEN_WIDTH_PX, joint="curve")
    return picture


def _power_sample(supply: PowerSupply, timeout_s: float) -> Sample:
    reading = supply.read_power(timeout_s=timeout_s)
    return Sample(
        {
            "state": reading.state.value,
            "input_voltage_v": reading.input_voltage_v,
            "battery_voltage_v": reading.battery_voltage_v,
            "charge_percent": reading.charge_percent,
            "load_percent": reading.load_percent,
            "runtime_s": reading.runtime_s,
        }
    )
