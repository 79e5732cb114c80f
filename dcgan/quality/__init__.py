"""How good a run's images are, in numbers that mean something for small images."""
