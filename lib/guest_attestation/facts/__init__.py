"""What Azure's answers say, as small frozen dataclasses with Azure's own field names."""
