"""Networks, losses and the GAN itself: TensorFlow lives here."""
