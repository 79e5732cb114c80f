"""The loop, its state and the worker process: TensorFlow lives here too."""
