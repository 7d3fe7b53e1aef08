"""The page on AWS (docs/operations.md): ``build`` makes its files, and ``publish`` uploads them."""
