//! Kept, told as stories through its public doors: the command line and HTTP.

mod calls;
mod cards;
mod channels;
mod console;
mod contact;
mod crash;
mod door;
mod einvoices;
mod gateway;
mod hand_over;
mod import;
mod ledger;
mod letters;
mod mail;
mod payments;
mod people;
mod portal;
mod rehearsal;
mod reminder_policy;
mod reminders;
mod security;
mod statements;
mod templates;
mod tenants;
mod tidy;
mod wasm;
