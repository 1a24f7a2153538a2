"""Problems and plans as files. In and out: VROOM's JSON (`vroom`, with `vroom_read`, `vroom_costs`, `vroom_plan`,
`vroom_write`); in only: research instances (`instances`); `generated` draws days for tests and benchmarks.
`json_reader` keeps the place of every value, so that an error names it. The command line, tests and benchmarks call it;
no room of the optimizer does.
"""
