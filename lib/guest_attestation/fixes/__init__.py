"""The smallest change that mends a hop, at the right place, with the proof that it does; nothing is ever applied."""
