"""`python -m collectors`: the command line, which commands.py holds.

It is loaded only here, since the reading process is started from this file too and needs none of it.
"""

if __name__ == "__main__":
    from collectors.commands import main

    main()
