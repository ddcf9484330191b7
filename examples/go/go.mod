module recado

go 1.24
