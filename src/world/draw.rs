//! Chance that can be repeated: the same seed and topic always draw the same things.
//!
//! Each topic has its own stream, so that a new mail never moves the free times of the clinic.

/// A stream of draws.
#[derive(Debug, Clone)]
pub(super) struct Draw(fastrand::Rng);

impl Draw {
    /// Starts the stream of `topic` in the world of `seed`.
    pub(super) fn new(seed: u64, topic: &str) -> Self {
        // FNV-1a: any stable hash will do, the standard library's is not promised to be.
        let start = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = topic.bytes().fold(start, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(fastrand::Rng::with_seed(hash))
    }

    /// Draws a number from `low` to `high`, both included.
    pub(super) fn number(&mut self, low: i64, high: i64) -> i64 {
        self.0.i64(low..=high.max(low))
    }

    /// Draws one of `items`; the default of an empty list.
    pub(super) fn one_of<T: Clone + Default>(&mut self, items: &[T]) -> T {
        self.0.choice(items).cloned().unwrap_or_default()
    }

    /// Says yes in `percent` of 100 draws.
    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.number(1, 100) <= percent
    }

    /// Draws `length` decimal digits, the first not zero.
    pub(super) fn digits(&mut self, length: usize) -> String {
        let rest = (1..length).map(|_| self.0.digit(10));
        let rest: String = rest.collect();
        format!("{}{rest}", self.0.u8(1..=9))
    }

    /// Draws `length` capital letters and digits that can't be mistaken for each other.
    pub(super) fn code(&mut self, length: usize) -> String {
        let letters: Vec<char> = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789".chars().collect();
        (0..length)
            .filter_map(|_| self.0.choice(&letters))
            .collect()
    }

    /// Brings `items` into another order.
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        self.0.shuffle(items);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_topic_draw_the_same_things() {
        let draw = |seed, topic| Draw::new(seed, topic).code(20);
        assert_eq!(draw(7, "mail"), draw(7, "mail"));
        assert_ne!(draw(7, "mail"), draw(8, "mail"));
        assert_ne!(draw(7, "mail"), draw(7, "site"));
    }
}
