module tidemark.dev/scripts/unicode

go 1.24
