"""Images in: data sets by name, where they come from, and the one place that converts pixels."""
