//! Kept, told as stories through its public doors: the command line and HTTP.

mod console;
mod door;
mod gateway;
mod import;
mod mail;
mod portal;
mod tidy;
mod wasm;
