"""Run by the agent of ../mend-until-green.yaml."""

import sums

print("right" if sums.add(2, 3) == 5 else "wrong: 2 + 3 is not %d" % sums.add(2, 3))
