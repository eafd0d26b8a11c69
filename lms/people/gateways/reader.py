"""The reader of ID cards (证件识别): a program of its own that gets a picture on standard input and prints what it read.

Started by lms.people.gateways.cards. It knows no settings and no database, opens no connection, keeps nothing, and its
memory and time are bounded by the system: whatever a malicious picture does ends with it (docs/adr/0025).
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import warnings
from importlib.resources import files
from io import BytesIO
from typing import Any

MODELS = {
    "Det": ("PP-OCRv6_det_small.onnx", "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f"),
    "Cls": ("ch_ppocr_mobile_v2.0_cls_mobile.onnx", "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c"),
    "Rec": ("PP-OCRv6_rec_small.onnx", "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"),
}
FORMATS = ("JPEG", "PNG", "WEBP")
SIDE = 1000  # pixels of the longer side; larger ones are read no better, and cost half as much again
CPU_SECONDS = 30
MEMORY_BYTES = 4 * 1024**3  # of addresses; what is really used peaks at 0.6 GB
UNREADABLE, TOO_LARGE = "unreadable", "too_large"


def bounded() -> None:
    """Let the system end this process when it takes too much."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # and leaves no picture in a core dump


def pixels(picture: bytes, most_pixels: int) -> Any:
    """Return an upright picture as BGR, SIDE long at most. Raises ValueError; a bomb is refused by its head alone."""
    import cv2
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(BytesIO(picture), formats=FORMATS)
            if opened.width * opened.height > most_pixels:
                raise ValueError(TOO_LARGE)
            opened.draft("RGB", (SIDE, SIDE))
            image = ImageOps.exif_transpose(opened).convert("RGB")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ValueError(TOO_LARGE) from error
    except (UnidentifiedImageError, OSError, SyntaxError, MemoryError) as error:
        raise ValueError(UNREADABLE) from error
    image.thumbnail((SIDE, SIDE))
    return cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR)


def sharpness(image: Any) -> float:
    """Return the variance of the Laplacian: small in a blurred picture."""
    import cv2

    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.CV_64F).var())


def engine() -> Any:
    """Return the reader on its reviewed models; a changed file stops it."""
    from rapidocr import RapidOCR

    settings: dict[str, Any] = {"Global.log_level": "critical"}
    for stage, (name, digest) in MODELS.items():
        model = files("rapidocr").joinpath("models", name)
        if hashlib.sha256(model.read_bytes()).hexdigest() != digest:
            raise RuntimeError(f"{name} is not the reviewed model")
        settings[f"{stage}.model_path"] = str(model)
    settings["EngineConfig.onnxruntime.intra_op_num_threads"] = 1
    settings["EngineConfig.onnxruntime.inter_op_num_threads"] = 1
    return RapidOCR(params=settings)


def read(picture: bytes, most_pixels: int) -> dict[str, Any]:
    """Return the lines of a picture and how sharp it is, or why it cannot be read."""
    try:
        image = pixels(picture, most_pixels)
    except ValueError as error:
        return {"problem": str(error) if str(error) == TOO_LARGE else UNREADABLE}
    found = engine()(image)
    lines = [] if found.boxes is None else zip(found.txts, found.boxes, strict=True)
    return {
        "sharpness": sharpness(image),
        "lines": [{"text": text, "corners": [[float(x), float(y)] for x, y in box]} for text, box in lines],
    }


if __name__ == "__main__":
    bounded()
    sys.stdout.write(json.dumps(read(sys.stdin.buffer.read(), int(sys.argv[1]))))
