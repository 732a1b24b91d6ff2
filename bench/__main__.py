"""`python -m bench`."""

from bench.night import main

main()
