"""Commands in a sandbox: Bash, and what runs on in the background."""
