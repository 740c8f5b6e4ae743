//! Kept, told as stories through its public doors: the command line and HTTP.

mod channels;
mod console;
mod crash;
mod door;
mod gateway;
mod import;
mod mail;
mod payments;
mod people;
mod portal;
mod security;
mod tenants;
mod tidy;
mod wasm;
