"""`python -m clockify_fleet`."""

from clockify_fleet.cli import main

if __name__ == "__main__":
    main()
