"""The front door: assembles the server, plugs adapters into ports, and holds the command line."""
