module github.com/tagroll/tagroll/internal/deploytest

go 1.26.0
