//! Integration tests, one binary for all of them: real browsers, real files, real servers on
//! loopback.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "all of it is a test, which may panic"
)]

mod calendar;
mod cli;
mod demo;
mod mail;
mod mangling;
mod run;
mod servers;
mod site;
mod web;
mod world;
