"""Plans a day of field visits. It knows no database, city or map.

The front doors: `solve` (a problem in, a plan with its evaluation out), `child` (the same in a process that can be
stopped), `replan` with `disruptions` (a published plan and what happened in, repairs out), `precompile` (once per
machine). The rooms behind them, from the bottom: `problem`, `evaluation`, `search`, `improve`, then `advice` and
`files` side by side. A room imports only from below; `make check` keeps it so.
"""
