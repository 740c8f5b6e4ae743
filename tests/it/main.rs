//! Kept through its public door.

mod gateway;
