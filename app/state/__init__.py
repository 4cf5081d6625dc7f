"""What the window shows: small observable objects over frozen values."""
