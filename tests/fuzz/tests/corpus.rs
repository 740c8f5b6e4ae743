//! The kept corpus and small changes of it through every target, the same ones each time: `KEPT_FUZZ_ROUNDS` changes for
//! each. What the stories import is read here as well.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::{Path, PathBuf};

/// Changes of the corpus that each target is given.
const ROUNDS: u64 = 300;

/// SplitMix64: chance that a seed repeats.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }

    /// Bytes like those of the corpus: cut, joined, repeated, or with a few others.
    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        const TELLING: [&[u8]; 12] = [
            b"\0",
            b"\xff",
            b"-",
            b"9999999999999999999",
            b"\"",
            b"<",
            b"&#0;",
            b"\r",
            b",",
            b"\xf0\x9f\x8d\x8b",
            b"{{",
            b":",
        ];
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let to = (at + self.below(40)).min(bytes.len());
            match self.below(6) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..to)),
                2 => drop(bytes.splice(at..to, TELLING[self.below(TELLING.len())].iter().copied())),
                3 => {
                    let again = bytes[at..to].repeat(1 + self.below(5));
                    drop(bytes.splice(at..at, again));
                }
                4 => {
                    let from = self.below(other.len() + 1);
                    let until = (from + self.below(80)).min(other.len());
                    drop(bytes.splice(at..to, other[from..until].iter().copied()));
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
            }
        }
    }
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let stories = root.join("../it/data").join(format!("{name}s").replace("sheets", "spreadsheets"));
    let folders = [root.join("corpus").join(name), stories];
    let mut files: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| folder.read_dir().ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "nothing to begin with for {name}");
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}

fn holds(name: &str) {
    let rounds = std::env::var("KEPT_FUZZ_ROUNDS").ok().map_or(ROUNDS, |text| text.parse().unwrap());
    let (_, target) = kept_fuzz::TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
    let seeds = corpus(name);
    for seed in &seeds {
        target(seed);
    }
    for round in 0..rounds {
        let mut chance = Chance(round);
        let mut bytes = seeds[chance.below(seeds.len())].clone();
        let other = &seeds[chance.below(seeds.len())];
        chance.change(&mut bytes, other);
        let broken = std::panic::catch_unwind(|| target(&bytes)).is_err();
        assert!(!broken, "{name}, round {round}, breaks on {:?}", String::from_utf8_lossy(&bytes));
    }
}

macro_rules! targets {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            holds(stringify!($name));
        })*

        #[test]
        fn every_target_is_here() {
            let all: Vec<&str> = kept_fuzz::TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(all, [$(stringify!($name)),*]);
            for name in all {
                let search = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fuzz_targets/{name}.rs"));
                assert!(std::fs::read_to_string(search).unwrap().contains(&format!("kept_fuzz::{name}::target")));
            }
        }
    };
}

targets! { einvoice form mail sheet statement table template text webhook }
