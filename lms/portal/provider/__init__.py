"""Screens of training institutions (机构端)."""
