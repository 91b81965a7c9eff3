"""The public door: takes in, and can never read back."""
