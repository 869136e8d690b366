"""`nerode bench`: suites of teachers × methods × sizes × seeds.

`suite` reads the TOML file, with `keys` and `sources`. `cells` says what determines a result, and hashes it; `measuring`
measures one. `rows` and `store` are the file of results (SQLite), with claims; `running` is the loop, in processes. `groups`
takes means over seeds, for `tables` and `comparing`. What is counted and judged is that of `eval/fronts`.
"""
