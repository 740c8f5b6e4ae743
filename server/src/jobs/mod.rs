//! What happens by itself: jobs are shallow, they call acts.

pub mod runner;
pub mod schedule;
