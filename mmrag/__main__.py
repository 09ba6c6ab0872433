"""`python -m mmrag`: the `mmrag` command, also where no script of it is on the path."""

from mmrag.cli import main

if __name__ == "__main__":
    main()
