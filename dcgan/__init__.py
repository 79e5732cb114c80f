"""DCGAN Studio's backend: train, judge and use image GANs without a screen."""

__version__ = "0.1.0"
