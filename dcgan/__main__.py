"""`python -m dcgan VERB`."""

from dcgan.cli import main

if __name__ == "__main__":
    main()
