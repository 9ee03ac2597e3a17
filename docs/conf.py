project = "Guest Attestation Runbooks"
author = "The Guest Attestation Runbooks authors"
copyright = f"2026, {author}"  # noqa: A001 - Sphinx names it so

extensions = ["myst_nb"]
nb_execution_mode = "off"
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = project
html_show_sphinx = False
