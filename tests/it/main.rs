//! Kept, told as stories through its public doors: the command line and HTTP.

mod calls;
mod channels;
mod console;
mod contact;
mod crash;
mod door;
mod einvoices;
mod gateway;
mod import;
mod mail;
mod payments;
mod people;
mod portal;
mod reminder_policy;
mod reminders;
mod security;
mod templates;
mod tenants;
mod tidy;
mod wasm;
