"""Reading from Azure: the only room that talks to it, and only what the table of reads lists."""
