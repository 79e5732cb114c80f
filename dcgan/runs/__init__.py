"""Runs on disk, and the threads that train them; no TensorFlow."""
