"""Networks that others have trained and saved: weights are read, recognised by shape and name, and proved by answers."""
