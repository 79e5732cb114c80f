"""What a trained generator is used for: images, walks and animations; no TensorFlow."""
