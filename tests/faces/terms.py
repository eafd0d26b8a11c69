"""The terms that the tests hold faces against: the measured scores, small limits."""

from lms.faces.rules import FaceTerms

TERMS = FaceTerms(
    pass_score=0.45,
    unclear_score=0.36,
    turned_score=0.30,
    swing=0.22,
    swing_total=0.30,
    closer=0.15,
    moves=3,
    challenge_seconds=12,
    most_frames=5,
    most_bytes=2_000_000,
    most_pixels=24_000_000,
    least_face_pixels=60,
    image_hours=72,
    reference_days=180,
    tries_per_hour=10,
    filing_count=100_000,
)
