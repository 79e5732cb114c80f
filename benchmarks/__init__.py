"""What the README claims about speed and memory, as commands that anyone can run."""
