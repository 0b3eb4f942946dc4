"""The command line's commands. Each module is light to import; what a command needs is loaded when it runs."""
