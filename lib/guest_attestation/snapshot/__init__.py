"""Recorded Azure answers: found by the read that asks for them, with no Azure SDK."""
