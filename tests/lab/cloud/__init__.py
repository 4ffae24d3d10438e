"""Tests on a cloud that is whole."""
