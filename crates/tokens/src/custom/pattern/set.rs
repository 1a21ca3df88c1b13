//! Sets of characters.

use crate::custom::properties::{CODE_POINTS, case_orbit, case_orbits};

/// Code points as ranges, first and last, in order and apart from each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct CharSet {
    ranges: Vec<(u32, u32)>,
    /// Which of the first 128 are in it: a bit each, in step with the ranges.
    ascii: u128,
}

impl CharSet {
    pub(crate) fn of(ranges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut ranges: Vec<(u32, u32)> = ranges.into_iter().collect();
        ranges.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        let mut ascii = 0;
        for &(first, last) in joined.iter().take_while(|range| range.0 < 128) {
            for code_point in first..=last.min(127) {
                ascii |= 1 << code_point;
            }
        }
        Self { ranges: joined, ascii }
    }

    pub(crate) fn one(character: char) -> Self {
        Self::of([(character as u32, character as u32)])
    }

    pub(crate) fn into_ranges(self) -> Vec<(u32, u32)> {
        self.ranges
    }

    #[inline]
    pub(crate) fn contains(&self, code_point: u32) -> bool {
        if code_point < 128 {
            return self.ascii >> code_point & 1 == 1;
        }
        let index = self.ranges.partition_point(|range| range.1 < code_point);
        self.ranges.get(index).is_some_and(|range| range.0 <= code_point)
    }

    pub(crate) fn is_ascii(&self) -> bool {
        self.ranges.last().is_none_or(|range| range.1 < 128)
    }

    pub(crate) fn union(&mut self, other: &Self) {
        *self = Self::of(self.ranges.iter().chain(&other.ranges).copied());
    }

    pub(crate) fn negate(&mut self) {
        let mut ranges = Vec::with_capacity(self.ranges.len() + 1);
        let mut next = 0;
        for &(first, last) in &self.ranges {
            if first > next {
                ranges.push((next, first - 1));
            }
            next = last + 1;
        }
        if next < CODE_POINTS {
            ranges.push((next, CODE_POINTS - 1));
        }
        *self = Self::of(ranges);
    }

    pub(crate) fn subtract(&mut self, other: &Self) {
        self.negate();
        self.union(other);
        self.negate();
    }

    pub(crate) fn intersect(&mut self, other: &Self) {
        let mut outside = other.clone();
        outside.negate();
        self.subtract(&outside);
    }

    /// Adds what simple case folding holds equal to a member.
    pub(crate) fn fold(&mut self) {
        let single = self.ranges.len() == 1 && self.ranges[0].0 == self.ranges[0].1;
        let orbits: Vec<&[u32]> = if single {
            case_orbit(self.ranges[0].0).into_iter().collect()
        } else {
            let touched = |orbit: &&[u32]| orbit.iter().any(|&member| self.contains(member));
            case_orbits().iter().map(Vec::as_slice).filter(touched).collect()
        };
        let added = orbits.into_iter().flatten().map(|&member| (member, member));
        *self = Self::of(self.ranges.iter().copied().chain(added));
    }
}
