/// Steps that may be spent: first on what was asked for, then as many on something coarser.
pub(super) struct Budget {
    left: u64,
    reserve: u64,
    coarse: bool,
}

impl Budget {
    pub(super) fn new(steps: u64) -> Self {
        Self { left: steps, reserve: steps, coarse: false }
    }

    /// Whether there were still so many steps.
    pub(super) fn spend(&mut self, steps: impl TryInto<u64>) -> bool {
        let steps = steps.try_into().unwrap_or(u64::MAX);
        if steps <= self.left {
            self.left -= steps;
            return true;
        }
        self.left = 0;
        false
    }

    /// Makes the result coarse, and gives the second half of the steps to it. That half is given once.
    pub(super) fn coarsen(&mut self) {
        self.coarse = true;
        self.left += self.reserve;
        self.reserve = 0;
    }

    pub(super) fn is_coarse(&self) -> bool {
        self.coarse
    }
}
