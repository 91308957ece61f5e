"""HiGHS behind the solver's door. Imported only by what solves: it brings numpy along."""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

from courses.tutoring.planner.solving import Answer, NoAnswer, Programme

# Many topics that may stand in for each other can take for ever to prove best. Where this ends
# the search, the plan holds and says how far it may be from the best, but machines may differ.
SECONDS_AT_MOST = 300.0


def solve(
    programme: Programme, *, gap: float, slack: float, start: Sequence[float] | None = None
) -> Answer:
    """See ``Solver``. One thread and a fixed seed: the same answer everywhere, every time."""
    highs = highspy.Highs()
    highs.silent()
    for name, value in {
        "threads": 1,
        "random_seed": 1,
        "mip_rel_gap": gap,
        "mip_abs_gap": slack,
        "time_limit": SECONDS_AT_MOST,
    }.items():
        highs.setOptionValue(name, value)
    highs.passModel(_model(programme))
    if start is not None:
        highs.setSolution(len(start), np.arange(len(start)), np.array(start, dtype=float))
    highs.run()
    info = highs.getInfo()
    if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        raise NoAnswer(highs.modelStatusToString(highs.getModelStatus()))
    return Answer(
        values=list(highs.getSolution().col_value),
        worth=info.objective_function_value,
        bound=max(info.mip_dual_bound, info.objective_function_value),
    )


def _model(programme: Programme) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(programme.worth), len(programme.rows)
    model.col_cost_ = np.array(programme.worth)
    model.col_lower_, model.col_upper_ = np.array(programme.low), np.array(programme.high)
    model.row_lower_ = np.array([_number(low) for low, _high, _row in programme.rows])
    model.row_upper_ = np.array([_number(high) for _low, high, _row in programme.rows])
    starts, places = [0], list[int]()
    values: list[float] = []
    for _low, _high, row in programme.rows:
        places.extend(row.keys())
        values.extend(row.values())
        starts.append(len(places))
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.array(starts)
    model.a_matrix_.index_ = np.array(places)
    model.a_matrix_.value_ = np.array(values, dtype=np.float64)
    model.integrality_ = [
        highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        for whole in programme.whole
    ]
    model.sense_ = highspy.ObjSense.kMaximize
    return model


def _number(value: float) -> float:
    return max(-highspy.kHighsInf, min(highspy.kHighsInf, value))
