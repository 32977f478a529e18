//! Files mangled in bulk, the same ones each time.

/// A small generator, so that a failure is the same next time (xorshift64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap()
    }
}

/// What is put in where a file is mangled, and where that does the most.
pub(crate) struct Pieces<'a> {
    pub(crate) all: &'a [&'a [u8]],
    /// Half of them go into so many first bytes.
    pub(crate) head: usize,
}

/// Cuts, doubles, flips and puts in, a few times.
pub(crate) fn mangle(seed: &[u8], dice: &mut Dice, pieces: &Pieces<'_>) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.below(5) {
        let at = dice.below(bytes.len());
        match dice.below(6) {
            0 => bytes.truncate(at),
            1 => {
                let end = (at + dice.below(60)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            3 | 4 => {
                let at = if dice.below(2) == 0 {
                    at.min(pieces.head)
                } else {
                    at
                };
                let piece = pieces.all[dice.below(pieces.all.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            _ => {
                let end = (at + dice.below(400)).min(bytes.len());
                let copied = bytes[at..end].to_vec();
                let to = dice.below(bytes.len());
                bytes.splice(to..to, copied);
            }
        }
    }
    bytes
}

/// Says how many mutations are to be tried: `usual`, unless `LEGWORK_MANGLE` says another number.
pub(crate) fn mutations(usual: usize) -> usize {
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch for people, read in a test"
    )]
    let wanted = std::env::var("LEGWORK_MANGLE").ok();
    wanted.map_or(usual, |count| count.parse().unwrap())
}
