"""Recovery: what is kept for it, and the commands of docs/recovery.md. Each command is a module that can be run."""
