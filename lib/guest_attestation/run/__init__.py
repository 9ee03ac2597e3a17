"""Executing notebooks: on an incident as evidence, or on the sample to store their outputs."""
