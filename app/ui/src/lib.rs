//! Components that the portal and the console share. All of them are plain functions of their arguments; none needs
//! JavaScript, and none uses a style attribute (the pages' Content-Security-Policy has no room for one).

pub mod amount;
pub mod date;
pub mod error_summary;
pub mod field;
pub mod late_charge;
pub mod notice;
pub mod page;
