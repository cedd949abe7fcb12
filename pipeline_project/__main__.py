"""`python -m pipeline_project …`."""

from pipeline_project.cli import main

if __name__ == "__main__":
    main()
